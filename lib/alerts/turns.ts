import type { Service } from '../http/service.ts';

/** Mails that one host sends at the same time: a storm of failures must not become one of connections. */
const AT_ONCE = 4;

const lines = new WeakMap<Service, { next: number; ends: Promise<unknown>[] }>();

/** Does the work when one of the service's few lines has come to it. */
export function inTurn<T>(service: Service, work: () => Promise<T>): Promise<T> {
  const own = lines.get(service) ?? { next: 0, ends: [] };
  lines.set(service, own);
  const line = own.next++ % AT_ONCE;
  const turn = (own.ends[line] ?? Promise.resolve()).then(work);
  own.ends[line] = turn.catch(() => {});
  return turn;
}
