/** What functions log goes on to stdout as it is, and a copy of it to the one table. */
import type { DestinationStream } from 'pino';
import * as z from 'zod';
import type { Level } from './line.ts';
import type { LogWriter } from './writer.ts';

const Guid = z.guid();
const Said = z.looseObject({
  level: z.number(),
  time: z.unknown().optional(),
  msg: z.string().default(''),
  run: z.unknown().optional(),
  task_run: z.unknown().optional(),
  attempt: z.unknown().optional(),
  epoch: z.unknown().optional(),
});

/** pino's numbers; what lies between two counts as the lower, what is fatal as an error. */
const NUMBERS: readonly [from: number, level: Level][] = [
  [50, 'error'],
  [40, 'warn'],
  [30, 'info'],
];
const levelOf = (number: number): Level => NUMBERS.find(([from]) => number >= from)?.[1] ?? 'debug';

/** A stream for pino that writes to another as it is, and keeps each line: of the run that it names, else of the system. */
export function capturing(out: DestinationStream, logs: () => LogWriter): DestinationStream {
  return {
    write(text) {
      out.write(text);
      // Nothing that is wrong with the copy may harm who logs.
      try {
        keep(logs(), Said.parse(JSON.parse(text)));
      } catch {}
    },
  };
}

function keep(logs: LogWriter, { level: number, time: _, msg, ...rest }: z.output<typeof Said>): void {
  const { run, task_run, attempt, epoch, ...metadata } = rest;
  const level = levelOf(number);
  const runId = Guid.safeParse(run);
  if (!runId.success) {
    const named = { run, task_run, attempt, epoch, ...metadata };
    logs.logSystem(level, msg, named);
    return;
  }
  const job = logs.jobLogger(runId.data, claimOf(attempt, epoch));
  const taskRunId = Guid.safeParse(task_run);
  if (taskRunId.success) job.logTask(taskRunId.data, level, msg, 'system', metadata);
  else job.logJob(level, msg, metadata);
}

const claimOf = (attempt: unknown, epoch: unknown) =>
  typeof attempt === 'number' && typeof epoch === 'number' ? { attempt, epoch } : undefined;
