/** What to do about what a resource or a pod says of itself. */

const NS = 'kubectl -n kubescribe';

const REMEDIES: readonly (readonly [RegExp, (name: string) => string])[] = [
  [
    /ImagePullBackOff|ErrImage|Failed to pull|Unable to fetch image/i,
    () =>
      'push the image to where the nodes pull it from, and name it rightly; into kind: `kind load docker-image --name kubescribe IMAGE`; a private registry: imagePullSecrets of ServiceAccount kubescribe',
  ],
  [
    /runAsNonRoot|non-numeric user/i,
    () => 'the image must say its user by number: build it by the Dockerfile of this release',
  ],
  [
    /CreateContainerConfigError|secret ".*" not found|couldn't find key/i,
    () => 'make the Secrets: `npx kubescribe roles --secrets | kubectl apply -f -`, and kubescribe-smtp',
  ],
  [/Unschedulable|Insufficient/i, () => 'give the cluster more room, or ask for less in the overlay'],
  [
    /CrashLoopBackOff|ExitCode|exited with|Container failed/i,
    (name) => `\`${NS} logs -l app.kubernetes.io/name=${name} --all-containers --tail=20\``,
  ],
  [
    /BackoffLimitExceeded|DeadlineExceeded.*Job|Job was active longer/i,
    (name) => `\`${NS} logs job/${name} --all-containers\`, mend what it says, deploy again`,
  ],
  [
    /Broker class|BrokerDoesNotExist|ChannelFailure|BrokerUnavailable/i,
    () =>
      'install the Broker of that class, or choose another overlay; `npx kubescribe doctor --cluster` looks',
  ],
  [
    /NoAddress|DispatcherNotReady|does not have an address/i,
    () => 'are the Broker and its channel running? `kubectl get pods -n knative-eventing`',
  ],
  [
    /^NotFound|SinkNotFound|SubscriberResolved|Unable to get the Subscriber|DeadLetterSinkResolved/i,
    () => 'what it sends to must be Ready first: see there',
  ],
  [
    /IngressNotConfigured|Ingress|LoadBalancer/i,
    () => 'is the gateway running? `kubectl get pods -n kourier-system`',
  ],
  [/schema|migrat/i, () => `\`${NS} logs job/migrate --all-containers\``],
  [
    /ProgressDeadlineExceeded|RevisionFailed|RevisionMissing|Initial scale was never achieved|not (yet )?ready/i,
    (name) => `\`${NS} describe revision -l serving.knative.dev/service=${name}\``,
  ],
  [
    /no controller has looked/i,
    () => 'are the controllers running? `kubectl get pods -n knative-eventing -n knative-serving`',
  ],
];

/** How to mend it; undefined when waiting is all that can be said. */
export function remedyFor(why: string, name: string): string | undefined {
  return REMEDIES.find(([pattern]) => pattern.test(why))?.[1](name);
}
