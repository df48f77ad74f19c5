/** The overlay `kind` in a namespace of its own, and its end. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandsBehind, type Run, succeeding } from './commands.ts';
import { bundled } from './inside.ts';
import type { Kubectl } from './kubectl.ts';
import { type Manifest, readRendered, relocated } from './relocated.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OVERLAY = join(ROOT, 'knative/overlays/kind');
const PIPELINES = join(import.meta.dirname, 'pipelines');
const SECOND = 1000;
const PATIENCE = 900;
/** What this program made and may therefore remove. */
const OWN = 'kubescribe.dev/e2e';
const LOOKED_AT = 'jobs,pods,brokers,triggers,pingsources,services.serving.knative.dev';

/** Removes what an earlier start left; refuses a namespace that is somebody else's. */
export async function clearNamespace(kubectl: Kubectl): Promise<void> {
  const { namespace } = kubectl;
  const found = (await kubectl.list('namespaces')).find(({ metadata }) => metadata.name === namespace);
  if (!found) return;
  if (found.metadata.labels[OWN] !== 'true')
    throw new Error(
      `there is a namespace ${namespace} already, not made by this: name another, E2E_NAMESPACE`,
    );
  await kubectl(['delete', 'namespace', namespace, '--timeout=240s'], { patience: 250 * SECOND });
}

/** The manifests that are tried: the overlay's, in the namespace, and pipelines that the image has not. */
export async function manifestsFor(run: Run, namespace: string, image: string): Promise<Manifest[]> {
  const rendered = readRendered(await succeeding(run, 'kubectl', ['kustomize', OVERLAY]));
  const sources = readdirSync(PIPELINES).filter((file) => file.endsWith('.ts'));
  // As in the image: what CommonJS exports is the default.
  const footer = { js: 'module.exports=module.exports.default;' };
  const bundles = await Promise.all(
    sources.map(
      async (file): Promise<[string, string]> => [
        file.replace(/\.ts$/, '.js'),
        await bundled(join(PIPELINES, file), { footer }),
      ],
    ),
  );
  const options = { namespace, image, pipelines: bundles.map(([name]) => name) };
  const manifests = rendered.map((one) => relocated(one, options));
  for (const one of manifests) if (one.kind === 'Namespace') one.metadata.labels = { [OWN]: 'true' };
  const pipelines = { name: 'e2e-pipelines', namespace };
  return [
    ...manifests,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: pipelines, data: Object.fromEntries(bundles) },
  ];
}

/** Deploys them as `make deploy` does, which waits until all is Ready; resolves to its last line. */
export async function deploy(manifests: readonly Manifest[], prefix: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kubescribe-e2e-'));
  try {
    writeFileSync(join(folder, 'all.yaml'), manifests.map((one) => JSON.stringify(one)).join('\n---\n'));
    writeFileSync(join(folder, 'kustomization.yaml'), 'resources: [all.yaml]\n');
    const path = process.env.PATH ?? '';
    const shim = join(folder, 'kubectl');
    writeFileSync(shim, `#!/bin/sh\nPATH='${path}'\nexec ${[...prefix, 'kubectl'].join(' ')} "$@"\n`);
    chmodSync(shim, 0o755);
    const words = [join(ROOT, 'cli/kubescribe.ts'), 'deploy', folder, '--timeout', String(PATIENCE)];
    const said = await succeeding(commandsBehind([]), process.execPath, words, {
      patience: (PATIENCE + 60) * SECOND,
      env: { PATH: [folder, path].join(delimiter) },
    });
    return said.trim().split('\n').at(-1) ?? '';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is not as it should be, for whoever looks for the cause. */
export async function diagnosis(kubectl: Kubectl): Promise<string> {
  const parts = await Promise.all(
    [
      ['get', LOOKED_AT],
      ['get', 'events', '--sort-by=.lastTimestamp', '--field-selector=type=Warning'],
    ].map((args) => kubectl(args).catch((error: Error) => error.message)),
  );
  return parts.map((part) => part.split('\n').slice(-70).join('\n')).join('\n');
}
