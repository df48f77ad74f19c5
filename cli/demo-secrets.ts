/** The Secrets of a cluster with a PostgreSQL of its own: made there, kept there, never in a file. */
import * as z from 'zod';
import { loginUrl } from '../lib/roles/login-url.ts';
import { logins } from '../lib/roles/logins.ts';
import { newPassword } from '../lib/roles/password.ts';
import { UsageError } from './usage-error.ts';

/** Where the overlay puts it. */
const NAMESPACE = 'kubescribe';
/** The Secret of the server's administrator, which holds the passwords of all logins too. */
export const POSTGRES_SECRET = 'kubescribe-postgres';
const DATABASES = ['runlog', 'report', 'prod'] as const;

/** Passwords that exist already: the administrator's and, by their names, the logins'. */
export type Kept = { password?: string; logins?: Record<string, string> };

const Base64 = z.base64().transform((text) => Buffer.from(text, 'base64').toString('utf8'));
const Secret = z.looseObject({ data: z.object({ password: Base64, passwords: Base64 }) });

/** What `kubectl get secret kubescribe-postgres -o json` prints, read. */
export function keptOf(json: string): Kept {
  try {
    const { data } = Secret.parse(JSON.parse(json));
    return {
      password: data.password,
      logins: z.record(z.string(), z.string()).parse(JSON.parse(data.passwords)),
    };
  } catch {
    // What stands there are passwords: nothing of it is repeated.
    throw new UsageError(
      `Stdin must hold the Secret ${POSTGRES_SECRET} as \`kubectl get -o json\` prints it.`,
    );
  }
}

/** A List of all Secrets that the overlay's manifests name; logins that came since get passwords of their own. */
export function secretsOfDemo(kept: Kept, namespace = NAMESPACE) {
  const admin = kept.password ?? newPassword();
  const passwords = Object.fromEntries(
    logins.map(({ name }) => [name, kept.logins?.[name] ?? newPassword()]),
  );
  const host = (service: string) => `${service}.${namespace}.svc.cluster.local`;
  const server = `postgresql://${host('postgres')}:5432`;
  const at = (database: string) => loginUrl(`${server}/${database}`, 'postgres', admin);
  const secret = (name: string, stringData: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/part-of': 'kubescribe' } },
    stringData,
  });
  const items = [
    secret(POSTGRES_SECRET, {
      password: admin,
      passwords: JSON.stringify(passwords),
      ...Object.fromEntries(DATABASES.map((database) => [database, at(database)])),
    }),
    secret('kubescribe-smtp', { url: `smtp://${host('mail')}:2525` }),
    ...logins.map(({ name, secret: of, database }) =>
      secret(of, { url: loginUrl(at(database), name, passwords[name] ?? '') }),
    ),
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}
