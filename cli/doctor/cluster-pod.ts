/** What a pod reaches: `kubescribe doctor` itself, run once within the cluster, with the Secrets and behind the policies of a function. */
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { apply } from '../cluster/apply.ts';
import { kubectl, kubectlJson } from '../cluster/kubectl.ts';
import { objectsIn } from '../cluster/resource.ts';
import { type Finding, fail } from './finding.ts';

const SECOND = 1000;
const PATIENCE = 90 * SECOND;
const NAME = 'kubescribe-doctor';
/** What it says of the image's own folders is of no interest here. */
const REACHED = /^(RunLog|Report database|Production database|Clocks|Broker|Mail)\b/;
const ENVIRONMENT = {
  RUNLOG_DB_URL: 'kubescribe-runlog-reader',
  REPORT_DB_URL: 'kubescribe-report',
  PROD_DB_URL: 'kubescribe-production',
  SMTP_URL: 'kubescribe-smtp',
};
const SETTINGS = ['K_SINK', 'NOTIFY_TO'];

const Service = z.looseObject({ spec: z.looseObject({}) });
const Phase = z.looseObject({ status: z.looseObject({ phase: z.string() }) });
const Report = z.looseObject({
  findings: z.array(
    z.object({ level: z.enum(['ok', 'warn', 'fail']), what: z.string(), mend: z.string().optional() }),
  ),
});

/** Runs the pod and takes it away again; none when nothing is deployed whose image it could take. */
export async function checkFromPod(namespace: string): Promise<Finding[]> {
  const image = await imageOf(namespace);
  if (image === undefined) return [];
  const gone = () => kubectl(['delete', 'pod', NAME, '-n', namespace, '--ignore-not-found', '--wait']);
  await gone();
  try {
    await apply([podOf(namespace, image)]);
    const phase = await ended(namespace);
    const said = await kubectl(['logs', NAME, '-n', namespace]).catch(() => '');
    const findings = read(said);
    if (findings) return findings.filter(({ what }) => REACHED.test(what)).map(fromPod);
    return [
      fail(
        `From a pod: it ended ${phase} and said nothing that can be read`,
        `\`kubectl -n ${namespace} get events\``,
      ),
    ];
  } finally {
    await gone();
  }
}

const fromPod = (finding: Finding): Finding => ({ ...finding, what: `From a pod: ${finding.what}` });

function read(said: string): Finding[] | undefined {
  try {
    return Report.parse(JSON.parse(said)).findings.map(({ level, what, mend }) => ({
      level,
      what,
      ...(mend !== undefined && { mend }),
    }));
  } catch {
    return undefined;
  }
}

async function imageOf(namespace: string): Promise<string | undefined> {
  const found = await kubectlJson([
    ...['get', 'services.serving.knative.dev', 'trigger', '-n', namespace, '--ignore-not-found'],
  ]);
  if (found === undefined) return undefined;
  const images = [...objectsIn(Service.parse(found).spec)].map(({ image }) => image);
  return images.find((image) => typeof image === 'string');
}

async function ended(namespace: string): Promise<string> {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const { status } = Phase.parse(await kubectlJson(['get', 'pod', NAME, '-n', namespace]));
    if (status.phase === 'Succeeded' || status.phase === 'Failed' || Date.now() > until) return status.phase;
    await pause(SECOND);
  }
}

/** With the labels of `notify`: it alone may reach databases, Broker and mail. */
function podOf(namespace: string, image: string) {
  const labels = {
    'app.kubernetes.io/name': 'notify',
    'app.kubernetes.io/component': 'function',
    'app.kubernetes.io/part-of': 'kubescribe',
  };
  const env = [
    { name: 'KUBESCRIBE_HOME', value: '/tmp' },
    ...Object.entries(ENVIRONMENT).map(([name, secret]) => ({
      name,
      valueFrom: { secretKeyRef: { name: secret, key: 'url', optional: true } },
    })),
    ...SETTINGS.map((key) => ({
      name: key,
      valueFrom: { configMapKeyRef: { name: 'kubescribe-settings', key, optional: true } },
    })),
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NAME, namespace, labels },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: PATIENCE / SECOND,
      serviceAccountName: 'kubescribe',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      containers: [
        {
          name: 'doctor',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '/app/cli/kubescribe.mjs', '-o', 'json', 'doctor'],
          env,
          resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { cpu: '1', memory: '256Mi' } },
          securityContext: {
            runAsNonRoot: true,
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
    },
  };
}
