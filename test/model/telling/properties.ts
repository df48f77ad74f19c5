/** What must hold, each as the sentence that a trace is headed with. */
import { HAND_OVERS, type State } from './state.ts';

export const ONE_COPY = 'a second copy goes out only after an answer was lost';
export const TWO_COPIES = 'no third copy goes out';
const NOT_TOLD = 'a mail is given up only when copies may have arrived';
export const TAKEN = 'a mail that was taken is not called failed';
export const STUCK = 'from every state every event can be told, or given up';

export function brokenIn({ copies, doubts, rows, taken }: State): string {
  const isFailed = rows.some(({ status }) => status === 'failed');
  if (copies > HAND_OVERS) return TWO_COPIES;
  if (copies > 1 + doubts) return ONE_COPY;
  if (isFailed && taken) return TAKEN;
  return isFailed && doubts < HAND_OVERS ? NOT_TOLD : '';
}

/** Both events are done, and their mail is sent or given up. */
export function isGoal({ events, rows, senders, copies }: State): boolean {
  const isOver = rows[0]!.status === 'sent' || rows[0]!.status === 'failed';
  const isTold = copies > 0 || rows[0]!.status === 'failed';
  return (
    events.every((state) => state === 'done') &&
    isOver &&
    isTold &&
    rows[1]!.status !== 'pending' &&
    senders.every(({ at }) => at === 'idle')
  );
}
