import { describeError } from '../lib/logs/redact.ts';

export type OnStop = (step: () => Promise<unknown>) => void;

/** Undoes, last first, whatever was started. */
export function stopper(): { onStop: OnStop; stop(): Promise<void> } {
  const undo: (() => Promise<unknown>)[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async () => {
    for (const step of undo.reverse()) await step().catch(complain);
  };
  return {
    onStop: (step) => void undo.push(step),
    stop: () => {
      stopping ??= stopAll();
      return stopping;
    },
  };
}

/** One line on stderr, without a stack. */
export function complain(error: unknown): void {
  process.stderr.write(`${describeError(error).message}\n`);
}
