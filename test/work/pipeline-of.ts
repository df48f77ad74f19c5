import * as z from 'zod';
import { pipeline } from '../../lib/pipeline/define.ts';
import type { PipelineOptions, Retry } from '../../lib/pipeline/options.ts';
import { type TaskBody, type TaskContext, task } from '../../lib/pipeline/task.ts';
import { oneRow } from './hands-on.ts';

export type Params = { lane: string; fail: boolean };
export type Context = TaskContext<Params>;

/** A pipeline of one task for a test, with retries that do not wait. */
export const pipelineOf = (body: TaskBody<Params>, options: Partial<PipelineOptions<Params>> = {}) =>
  pipeline<Params>('sample', {
    params: z.strictObject({ lane: z.string().default(''), fail: z.boolean().default(false) }),
    retry: { attempts: 3, backoff: 0.01 },
    tasks: [task('only', body)],
    ...options,
  });

/** Three tries that do not wait. */
export const retriesAtOnce: Retry = { attempts: 3, backoff: 0, longest: 0, per: {} };

/** Does nothing and is done. */
export const idle: TaskBody<Params> = async function* () {
  yield {};
};

/** One batch of one row. */
export const writeRow = (context: Context) => context.batch('written', oneRow);

/** Waits until a signal aborts, and throws its reason. */
export const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/** The run that an answer of `POST /runs/trigger` is about. */
export const runOf = async (answer: Response | Promise<Response>): Promise<string> =>
  z.object({ run_id: z.string() }).parse(await (await answer).json()).run_id;
