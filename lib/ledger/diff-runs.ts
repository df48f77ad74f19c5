/** Two runs side by side: what is the same, and what is not. */
import type { Db } from '../db/connect.ts';
import { redact } from '../logs/redact.ts';
import { diffParams } from './params-diff.ts';
import { lastSuccessBefore, type RunSide, readSide, readTaskSides, type TaskSide } from './read-two-runs.ts';

const books = ['read', 'written', 'unchanged', 'deduped', 'rejected', 'failed'] as const;
const timings = ['duration_ms', 'wait_ms', 'queue_ms', 'cold_start_ms', 'work_ms'] as const;

type Pair<T> = { a: T | null; b: T | null; same: boolean };
/** `more`: by how much `a` is more than `b`. */
type Numbers = Pair<number> & { more: number | null };

export type RunDiff = ReturnType<typeof compared>;

/** Stands for the last SUCCESS of the same lane before the run. */
export const LAST_SUCCESS = 'last-success';

type Found = { is: 'compared'; diff: RunDiff } | { is: 'unknown'; runId: string } | { is: 'no success' };

/** A run beside another, or beside its last success. */
export async function diffAgainst(db: Db, runId: string, against: string): Promise<Found> {
  const [a, tasksA] = await Promise.all([readSide(db, runId), readTaskSides(db, runId)]);
  if (!a) return { is: 'unknown', runId };
  const other = against === LAST_SUCCESS ? await lastSuccessBefore(db, runId) : against;
  if (!other) return { is: 'no success' };
  const [b, tasksB] = await Promise.all([readSide(db, other), readTaskSides(db, other)]);
  if (!b) return { is: 'unknown', runId: other };
  return { is: 'compared', diff: compared(a, b, pairTasks(tasksA, tasksB)) };
}

function compared(a: RunSide, b: RunSide, tasks: ReturnType<typeof pairTasks>) {
  const params = diffParams(a.params, b.params);
  const code = pair(a.code, b.code);
  const revision = pair(a.revision, b.revision);
  const config_hash = pair(a.config_hash, b.config_hash);
  const error = { code: pair(a.error_code, b.error_code), message: pair(says(a), says(b)) };
  const attempts = numbers(a.attempts, b.attempts);
  return {
    a: headOf(a),
    b: headOf(b),
    same: {
      pipeline: a.pipeline === b.pipeline,
      lane: a.lane === b.lane,
      status: a.status === b.status,
      params: params.changes.length === 0,
      code: code.same,
      revision: revision.same,
      config: config_hash.same,
      error: error.code.same && error.message.same,
      attempts: attempts.same,
      tasks: tasks.every((task) => task.in === 'both'),
      counts: tasks.every((task) => books.every((book) => task.counts[book].same)),
    },
    timings: byName(timings, (name) => numbers(a[name], b[name])),
    attempts,
    slices: numbers(a.slices, b.slices),
    code,
    revision,
    config_hash,
    error,
    params: params.changes,
    more_params: params.more,
    tasks,
  };
}

const pair = <T>(a: T | null, b: T | null): Pair<T> => ({ a, b, same: a === b });

const numbers = (a: number | null, b: number | null): Numbers => ({
  ...pair(a, b),
  more: a === null || b === null ? null : a - b,
});

const says = ({ error_message: text }: { error_message: string | null }) =>
  text === null ? null : redact(text);

function headOf({ run_id, pipeline, status, started_at, finished_at, trigger, source, lane, slot }: RunSide) {
  return { run_id, pipeline, status, started_at, finished_at, trigger, source, lane, slot };
}

/** Tasks of one name belong together, in the order of `a`, then what only `b` has. */
function pairTasks(tasksA: readonly TaskSide[], tasksB: readonly TaskSide[]) {
  const [inA, inB] = [tasksA, tasksB].map((tasks) => new Map(tasks.map((task) => [task.name, task])));
  const names = [...new Set([...tasksA, ...tasksB].map(({ name }) => name))];
  return names.map((name) => {
    const [a, b] = [inA?.get(name), inB?.get(name)];
    return {
      name,
      in: a && b ? ('both' as const) : a ? ('a' as const) : ('b' as const),
      status: pair(a?.status ?? null, b?.status ?? null),
      duration_ms: numbers(a?.duration_ms ?? null, b?.duration_ms ?? null),
      attempts: numbers(a?.attempt ?? null, b?.attempt ?? null),
      error: pair(a ? says(a) : null, b ? says(b) : null),
      counts: byName(books, (book) => numbers(a?.[book] ?? null, b?.[book] ?? null)),
    };
  });
}

const byName = <K extends string, V>(names: readonly K[], value: (name: K) => V) =>
  Object.fromEntries(names.map((name) => [name, value(name)])) as Record<K, V>;
