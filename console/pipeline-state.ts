/** How one pipeline is, judged by its last runs and by what stands in its way. */
import { redact } from '../lib/logs/redact.ts';
import { type PipelineView, STRIP, type StripRun } from './read-pipelines.ts';

export type PipelineState =
  /** `since` is the end of the first failure of the unbroken row; older ones may lie beyond the strip. */
  | { is: 'failing'; since: Date; beyond: boolean; cause: string; run: string }
  | { is: 'blocked'; since: Date; why: string; run: string }
  /** Its newest slot that is over was missed, and nothing has run since. */
  | { is: 'behind'; slot: Date }
  /** Its source's oldest transaction holds back what it reads, for longer than it allows. */
  | { is: 'degraded'; lagMs: number }
  | { is: 'well' }
  | { is: 'new' };

/** The state of a pipeline; the worst that holds. */
export function stateOf({ runs, blocked, missed, lagging }: PipelineView): PipelineState {
  const failing = failingSince(runs);
  if (failing) return failing;
  const [stuck] = blocked;
  if (stuck) return { is: 'blocked', since: stuck.since, why: redact(stuck.why ?? ''), run: stuck.run_id };
  if (missed && !runs.some((run) => run.started_at >= missed.last))
    return { is: 'behind', slot: missed.last };
  if (lagging !== undefined) return { is: 'degraded', lagMs: lagging };
  return { is: runs.length > 0 ? 'well' : 'new' };
}

function failingSince(runs: readonly StripRun[]): PipelineState | undefined {
  const counting = runs.filter((run) => run.status !== 'STARTED' && run.status !== 'CANCELLED');
  const well = counting.findIndex((run) => run.status === 'SUCCESS');
  const failures = well < 0 ? counting : counting.slice(0, well);
  const first = failures.at(-1);
  const last = failures[0];
  if (!first || !last) return undefined;
  return {
    is: 'failing',
    since: first.finished_at ?? first.started_at,
    beyond: well < 0 && runs.length >= STRIP,
    cause: causeOf(last),
    run: last.run_id,
  };
}

/** `CODE: message`, as far as there is one. */
export function causeOf(run: { error_code: string | null; error_message: string | null }): string {
  const message = redact((run.error_message ?? '').trim());
  return [run.error_code ?? '', message].filter((part) => part !== '').join(': ');
}
