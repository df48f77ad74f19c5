import type { Command } from 'commander';
import { apply, applyAll, applyNamespace, clearJobs } from './cluster/apply.ts';
import { served, unknownKinds } from './cluster/ground.ts';
import { kubectl, kubectlJson } from './cluster/kubectl.ts';
import { namesNoImage, overlayFolder, render } from './cluster/rendered.ts';
import { kindOf, type Resource } from './cluster/resource.ts';
import { missingSecrets, neededSecrets, secretKeys } from './cluster/secrets.ts';
import { type Outcome, waitReady } from './cluster/wait.ts';
import { keptOf, POSTGRES_SECRET, secretsOfDemo } from './demo-secrets.ts';
import { colour, note, print, printJson, printTable, wantsJson } from './print.ts';
import { seconds } from './program.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

type Options = { image?: string; timeout: number; forceConflicts?: true };

const SECOND = 1000;
/** On the Service of a database that is part of the overlay. */
const OWN_DATABASE = 'kubescribe.dev/secrets';

/** Adds `kubescribe deploy` to the program. */
export function register(program: Command): void {
  program
    .command('deploy')
    .description("applies an overlay to the cluster of kubectl's context and waits until all of it is Ready")
    .argument('<overlay>', 'a name of knative/overlays, or a folder')
    .option('--image <image>', 'in place of the one that the overlay names')
    .option('--timeout <seconds>', 'how long to wait until all is Ready', seconds, 600)
    .option('--force-conflicts', 'take over fields that somebody else has set')
    .action(deploy);
}

async function deploy(overlay: string, options: Options, command: Command): Promise<void> {
  const until = Date.now() + options.timeout * SECOND;
  const say = (line: string) => note(visible(line));
  const resources = await render(overlayFolder(overlay), options.image);
  const namespace = namespaceOf(resources);
  refuseUnfinished(resources, overlay);
  refuseUnknown(unknownKinds(resources, await served()));
  await applyNamespace(resources);
  if (resources.some(({ metadata }) => metadata.annotations?.[OWN_DATABASE])) await makeSecrets(namespace);
  refuseMissing(missingSecrets(neededSecrets(resources), await secretKeys(namespace)));
  await clearJobs(resources, { until, say });
  await applyAll(resources, options.forceConflicts === true);
  say(`applied: ${resources.length} resources of ${overlay}`);
  const outcomes = await waitReady(resources, { namespace, until, say });
  await report(outcomes, namespace, wantsJson(command));
}

function namespaceOf(resources: readonly Resource[]): string {
  const namespaces = resources.filter((resource) => kindOf(resource) === '/Namespace');
  const [only, second] = namespaces.map(({ metadata }) => metadata.name);
  if (only === undefined || second !== undefined)
    throw new UsageError(`The overlay must make one namespace; it makes ${namespaces.length}.`);
  return only;
}

function refuseUnfinished(resources: readonly Resource[], overlay: string): void {
  if (!namesNoImage(resources)) return;
  throw new UsageError(
    `The overlay ${overlay} names no image yet: put the digest of your release into its kustomization.yaml, or give --image.`,
  );
}

function refuseUnknown(kinds: readonly string[]): void {
  if (kinds.length === 0) return;
  throw new Error(
    `The cluster does not know ${kinds.join(', ')}: install Knative Serving and Eventing 1.22 or 1.23 (and what else these belong to) first. Nothing was applied.`,
  );
}

function refuseMissing(missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new Error(
    `Secrets are missing: ${missing.join(', ')}. \`npx kubescribe roles --secrets | kubectl apply -f -\` makes those of the databases; docs/deploy.md tells of kubescribe-smtp. Only the namespace was applied.`,
  );
}

/** Passwords are made once; logins that came with a release get theirs at its deploy. */
async function makeSecrets(namespace: string): Promise<void> {
  const found = await kubectlJson(['get', 'secret', POSTGRES_SECRET, '-n', namespace, '--ignore-not-found']);
  const kept = found === undefined ? {} : keptOf(JSON.stringify(found));
  await apply(secretsOfDemo(kept, namespace).items);
}

async function report(outcomes: readonly Outcome[], namespace: string, asJson: boolean): Promise<void> {
  const open = outcomes.filter(({ state }) => state !== 'ready');
  if (open.length > 0) process.exitCode = 1;
  if (asJson) return printJson({ ok: open.length === 0, namespace, resources: outcomes });
  if (open.length === 0) return print(`All ${outcomes.length} are Ready in ${namespace}.`);
  printTable<Outcome>(
    [
      { title: 'KIND', text: ({ kind }) => kind },
      { title: 'NAME', text: ({ name }) => name },
      {
        title: 'STATE',
        text: ({ state }) => state,
        colour: (text) => (text === 'failed' ? 'red' : 'yellow'),
      },
      { title: 'WHY', text: ({ why }) => why },
    ],
    open,
  );
  for (const mend of new Set(open.flatMap(({ mend }) => mend ?? []))) print(`${colour('bold', '→')} ${mend}`);
  for (const { kind, name, state } of open)
    if (kind === 'Job' && state === 'failed') await lastWords(name, namespace);
}

/** What a Job said last is most often the whole story. */
async function lastWords(job: string, namespace: string): Promise<void> {
  const words = await kubectl([
    ...['logs', `job/${job}`, '-n', namespace, '--all-containers', '--tail=10', '--ignore-errors'],
  ]).catch((error: unknown) => String(error));
  for (const line of words.trimEnd().split('\n')) note(`${job}: ${visible(line)}`);
}
