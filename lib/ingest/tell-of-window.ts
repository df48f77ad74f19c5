/** What people must know of a window that was opened otherwise than they would think. */
import type { TaskContext } from '../pipeline/task.ts';
import type { CommitRow } from '../report/commit-row.ts';

const SECOND = 1000;
const MINUTE = 60;

/** Says, as the first batch of a window is done, that all is read again and why, or how far behind the source is. */
export function tellOfWindow(
  { log }: Pick<TaskContext<never>, 'log'>,
  before: CommitRow | undefined,
  now: CommitRow,
): void {
  if (before && before.sourceIdentity !== now.sourceIdentity)
    log.warn(
      'The source is another than before (restored, failed over, moved, or a table put in its place): everything is read again.',
      { before: before.sourceIdentity, now: now.sourceIdentity },
    );
  else if (before && now.reset && before.reset !== now.reset)
    log.info('The watermark was reset: everything is read again.', { reset: now.reset });
  if (now.degraded && before?.horizon !== now.horizon)
    log.warn(
      `The source's oldest transaction has been open for ${lagText(now.lag ?? 0)}: what was written since it began comes only when it has ended.`,
      { lag_ms: Math.round((now.lag ?? 0) * SECOND), horizon: now.horizon },
    );
}

/** `12 s`, `3 min`, as exact as one needs. */
const lagText = (seconds: number) =>
  seconds < 2 * MINUTE ? `${Math.round(seconds)} s` : `${Math.round(seconds / MINUTE)} min`;
