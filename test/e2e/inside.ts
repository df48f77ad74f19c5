/** A pod of ours in the namespace, for what only somebody inside can see: the databases, and who may reach whom. */
import { readFileSync } from 'node:fs';
import { type BuildOptions, build } from 'esbuild';
import * as z from 'zod';
import type { Kubectl } from './kubectl.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const POD = 'e2e';
const PLACE = '/e2e';
/** The Secret of the overlay's own PostgreSQL, with the URLs of its administrator. */
const ADMINISTRATOR = 'kubescribe-postgres';
const DATABASES = ['runlog', 'report', 'prod'] as const;

const Rows = z.array(z.looseObject({}));

/** Looking from within. */
export type Inside = {
  rows(
    database: (typeof DATABASES)[number],
    sql: string,
    values?: unknown[],
  ): Promise<Record<string, unknown>[]>;
  /** Every contradiction in RunLog and reports, a line each. */
  contradictions(): Promise<string[]>;
  /** Where the market's report tables differ from its feed, a line each. */
  differences(): Promise<string[]>;
  /** How a TCP connection from this pod ends: open, refused, silent. */
  connects(host: string, port: number): Promise<string>;
};

/** Bundles one TypeScript file into one CommonJS text. */
export async function bundled(file: string, options: BuildOptions = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minify: true,
    external: ['pg-native'],
    logLevel: 'error',
    write: false,
    ...options,
  });
  return outputFiles?.[0]?.text ?? readFileSync(file, 'utf8');
}

/** Starts the pod and waits for it. */
export async function openInside(kubectl: Kubectl, image: string): Promise<Inside> {
  const program = await bundled(`${import.meta.dirname}/inside/program.ts`);
  const labels = { 'app.kubernetes.io/name': POD, 'app.kubernetes.io/component': 'migration' };
  const confined = {
    runAsNonRoot: true,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const env = DATABASES.map((key) => ({
    name: key.toUpperCase(),
    valueFrom: { secretKeyRef: { name: ADMINISTRATOR, key } },
  }));
  const container = {
    name: 'program',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '--eval', "process.once('SIGTERM',()=>process.exit());setInterval(()=>{},1000)"],
    env,
    securityContext: confined,
    volumeMounts: [{ name: 'program', mountPath: PLACE, readOnly: true }],
  };
  const spec = {
    serviceAccountName: 'kubescribe',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 1,
    containers: [container],
    volumes: [{ name: 'program', configMap: { name: POD } }],
  };
  const metadata = { name: POD, namespace: kubectl.namespace, labels };
  const items = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'program.cjs': program } },
    { apiVersion: 'v1', kind: 'Pod', metadata, spec },
  ];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(['apply', '--server-side', '--filename', '-'], { input });
  await kubectl(['wait', '--for=condition=Ready', `pod/${POD}`, '--timeout=120s'], {
    patience: 130 * SECOND,
  });

  async function told(request: object, patience = MINUTE): Promise<unknown> {
    const args = ['exec', '--stdin', POD, '--', 'node', `${PLACE}/program.cjs`];
    return JSON.parse(await kubectl(args, { input: JSON.stringify(request), patience }));
  }
  return {
    rows: async (database, sql, values = []) =>
      Rows.parse(await told({ ask: 'rows', database, sql, values })),
    contradictions: async () => z.array(z.string()).parse(await told({ ask: 'contradictions' })),
    differences: async () => z.array(z.string()).parse(await told({ ask: 'differences' }, 3 * MINUTE)),
    connects: async (host, port) => z.string().parse(await told({ ask: 'connects', host, port })),
  };
}
