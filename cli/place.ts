/** Where KubeScribe is: what the command line, the settings or a running `make run` say. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { type Config, ROOT } from '../lib/config.ts';

const DEFAULT_URL = 'http://localhost:8080';

/** What `make run` writes down when it is ready. */
const Local = z.object({
  url: z.url(),
  broker: z.url().optional(),
  mail: z.url().optional(),
  smtp: z.url().optional(),
  databases: z
    .object({ prod: z.url().optional(), report: z.url().optional(), runlog: z.url().optional() })
    .default({}),
});
export type Local = z.infer<typeof Local>;

/** The data folder. `make run` works in the project's folder, this program in any below it. */
export function homeFolder(config: Config): string {
  const here = resolve(config.home);
  return existsSync(here) ? here : resolve(ROOT, config.home);
}

/** What the `make run` of this data folder left; undefined when it left nothing that can be read. */
export function readLocal(home: string): Local | undefined {
  try {
    return Local.safeParse(JSON.parse(readFileSync(join(home, 'local.json'), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

export type ServerPlace = { url: string; from: '--url' | 'PUBLIC_URL' | 'local.json' | 'default' };

/** The server to talk to, without a slash at its end, and who said so. */
export function serverPlace(given: string | undefined, config: Config): ServerPlace {
  if (given) return { url: trimmed(given), from: '--url' };
  if (config.publicUrl) return { url: trimmed(config.publicUrl), from: 'PUBLIC_URL' };
  const local = readLocal(homeFolder(config));
  if (local) return { url: trimmed(local.url), from: 'local.json' };
  return { url: DEFAULT_URL, from: 'default' };
}

const trimmed = (url: string) => url.replace(/\/+$/, '');
