import type { Config } from '../config.ts';
import type { Service } from '../http/service.ts';

/** Mails that one host sends at the same time: a storm of failures must not become one of connections. */
const AT_ONCE = 4;

/** By a host's settings: each of its requests has a service of its own, which stands on that of the host. */
const lines = new WeakMap<Config, { next: number; ends: Promise<unknown>[] }>();

/** Does the work when one of the service's few lines has come to it. */
export function inTurn<T>({ config }: Service, work: () => Promise<T>): Promise<T> {
  const own = lines.get(config) ?? { next: 0, ends: [] };
  lines.set(config, own);
  const line = own.next++ % AT_ONCE;
  const turn = (own.ends[line] ?? Promise.resolve()).then(work);
  own.ends[line] = turn.catch(() => {});
  return turn;
}
