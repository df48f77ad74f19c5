/** What the server says of a run, as far as it is shown; unknown members are let be. */
import * as z from 'zod';

const Text = z.string().nullish();
const Count = z.number().nullish();
const Members = z.record(z.string(), z.unknown()).nullish();

/** A row of the list of runs. */
export const RunRow = z.object({
  run_id: z.string(),
  status: z.string().nullable(),
  component: Text,
  started_at: Text,
  finished_at: Text,
  duration_ms: Count,
  trigger: Text,
  source: Text,
  error_code: Text,
  error_message: Text,
  meta: Members,
});
export type RunRow = z.infer<typeof RunRow>;

const Request = z.object({
  kind: Text,
  lane: Text,
  slot: Text,
  state: Text,
  why: Text,
  late: z.boolean().nullish(),
  params: Members,
  requested_at: Text,
  requested_by: Text,
  wish_why: Text,
  replay_of: Text,
  resumed_from: z.object({ task: z.string() }).nullish(),
});

const Work = z.object({
  attempt: Count,
  checkpoint: Count,
  deaths: Count,
  wake_at: Text,
  blocked_since: Text,
  blocked_why: Text,
  cancel_at: Text,
  cancel_by: Text,
  cancel_why: Text,
});

const Task = z.object({
  name: z.string(),
  status: z.string(),
  attempt: Count,
  started_at: Text,
  duration_ms: Count,
  read: Count,
  written: Count,
  unchanged: Count,
  deduped: Count,
  rejected: Count,
  failed: Count,
  progress: z.object({ done: z.number(), of: z.number().optional() }).nullish().catch(undefined),
  error_message: Text,
});
export type Task = z.infer<typeof Task>;

const Attempt = z.object({
  attempt: z.number(),
  started_at: Text,
  ended_at: Text,
  left_as: Text,
  error_class: Text,
  error_code: Text,
  error_message: Text,
});
export type Attempt = z.infer<typeof Attempt>;

const LogLine = z.object({ timestamp: Text, level: Text, message: z.string() });

/** One run with all that is known of it. */
export const RunPage = RunRow.extend({
  error_stack: Text,
  request: Request.nullish(),
  replays: z.array(z.string()).default([]),
  work: Work.nullish(),
  attempts: z.array(Attempt).default([]),
  tasks: z.array(Task).default([]),
  logs: z.array(LogLine).default([]),
});
export type RunPage = z.infer<typeof RunPage>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text can be the id of a run. */
export const isRunId = (text: string) => UUID.test(text);

/** `1,200 of 5,000 (24 %)`; nothing once the task is done. */
export function progressText({ progress, status }: Task): string | undefined {
  if (!progress || status === 'SUCCESS') return undefined;
  const { done, of } = progress;
  const count = (n: number) => n.toLocaleString('en');
  if (of === undefined) return count(done);
  return `${count(done)} of ${count(of)}${of > 0 ? ` (${Math.floor((100 * done) / of)} %)` : ''}`;
}
