/** Each function under the login that its manifest names: what a test does through it proves that its rights suffice. */
import { fileURLToPath } from 'node:url';
import { loginUrl } from '../../lib/roles/login-url.ts';
import { logins } from '../../lib/roles/logins.ts';
import { readManifests } from '../../local/manifests/read.ts';

const { services } = readManifests(fileURLToPath(new URL('../../knative/base', import.meta.url)));

/** The login of a database by its Secret; on the tests' servers all have the password of who made them. */
export function asLogin(url: string, secret: string): string {
  const login = logins.find((one) => one.secret === secret);
  if (!login) throw new Error(`${secret} is the Secret of no login`);
  return loginUrl(url, login.name, new URL(url).password);
}

/** The variables that the manifest of a function takes from Secrets, with the function's own logins. */
export function ownLogins(name: string, urls: Record<string, string>): Record<string, string> {
  const service = services.find((one) => one.name === name);
  if (!service) throw new Error(`${name} has no manifest`);
  return Object.fromEntries(
    Object.entries(service.secretEnv).flatMap(([variable, secret]) => {
      const url = urls[variable];
      return url === undefined ? [] : [[variable, asLogin(url, secret)]];
    }),
  );
}
