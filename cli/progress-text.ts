import type { Told } from './paths.ts';

type Task = Told<'getRun', 200>['tasks'][number];

/** `1,200 of 5,000 (24 %)`; nothing once the task is done. */
export function progressText({ progress, status }: Task): string | undefined {
  const { done, of } = progress ?? {};
  if (typeof done !== 'number' || status === 'SUCCESS') return undefined;
  const count = (n: number) => n.toLocaleString('en');
  if (typeof of !== 'number') return count(done);
  return `${count(done)} of ${count(of)}${of > 0 ? ` (${Math.floor((100 * done) / of)} %)` : ''}`;
}
