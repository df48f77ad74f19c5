/** A line in a file: one JSON object a line, as people and programs read it. */
import * as z from 'zod';
import { LogLevel, LogStream } from '../contract/log-line.ts';
import type { Line, Origin } from './line.ts';

const Kept = z.object({
  n: z.int(),
  at: z.iso.datetime(),
  level: LogLevel,
  stream: LogStream,
  message: z.string(),
  metadata: z.unknown(),
  job_run_id: z.string().nullable(),
  task_run_id: z.string().nullable(),
  attempt: z.int().nullable(),
  epoch: z.int().nullable(),
  left: z.object({ repeated: z.int(), over_budget: z.int(), crowded_out: z.int() }).optional(),
});

/** The line as a line of text. */
export const kept = ({ origin, n, said, level, stream, message, metadata, left }: Line): string =>
  `${JSON.stringify({
    n,
    at: new Date(said).toISOString(),
    level,
    stream,
    message,
    metadata: metadata === null ? null : JSON.parse(metadata),
    job_run_id: origin.runId,
    task_run_id: origin.taskRunId,
    attempt: origin.attempt,
    epoch: origin.epoch,
    left,
  })}\n`;

/** The lines of a text; `torn` counts those that are none, such as one that was being written when its writer died. */
export function readKept(text: string): { lines: Line[]; torn: number } {
  const origins = new Map<string, Origin>();
  const texts = text.split('\n').filter((line) => line !== '');
  const lines = texts.flatMap((line) => {
    const read = Kept.safeParse(parsed(line));
    if (!read.success) return [];
    const { job_run_id, task_run_id, attempt, epoch, at, metadata, left, ...rest } = read.data;
    const key = `${job_run_id} ${task_run_id} ${attempt} ${epoch}`;
    const origin = origins.get(key) ?? { runId: job_run_id, taskRunId: task_run_id, attempt, epoch };
    origins.set(key, origin);
    const said = Date.parse(at);
    return [
      { ...rest, origin, said, metadata: metadata ? JSON.stringify(metadata) : null, ...(left && { left }) },
    ];
  });
  return { lines, torn: texts.length - lines.length };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
