import type { Told } from './paths.ts';
import { duration } from './time-text.ts';

type Task = Told<'getRun', 200>['tasks'][number];

/** `1,200 of 5,000 (24 %), 600 a second, 7s left`; nothing once the task is done. */
export function progressText({ progress, status }: Task): string | undefined {
  const { done, of, rate, left_s } = progress ?? {};
  if (typeof done !== 'number' || status === 'SUCCESS') return undefined;
  const count = (n: number) => n.toLocaleString('en');
  const share = (all: number) => (all > 0 ? ` (${Math.floor((100 * Math.min(done, all)) / all)} %)` : '');
  const parts = [
    typeof of === 'number' ? `${count(done)} of ${count(of)}${share(of)}` : count(done),
    typeof rate === 'number' && `${count(rate)} a second`,
    typeof left_s === 'number' && `${duration(left_s * SECOND)} left`,
  ];
  return parts.filter(Boolean).join(', ');
}

const SECOND = 1000;
