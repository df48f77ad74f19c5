import { explain } from './explain.ts';
import type { Letter, Replay } from './read.ts';

/** A dead letter as it is shown: its columns, its explanation, its replays from the newest. */
export function shownLetter(letter: Letter, replays: readonly Replay[] = []) {
  const { seen_exactly, run_status, work_checkpoint, outbox_is, outbox_sends, ...rest } = letter;
  const { outbox_differs, mail_status, on_its_way, ...columns } = rest;
  return { ...columns, explained: explain(letter), replays };
}
