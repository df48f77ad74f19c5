/** A run asked for by a person or a program, now: a new one, or an ended one again. */
import { sql } from 'kysely';
import { recordingWish } from '../audit/record.ts';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { FOREIGN_KEY_VIOLATION, sqlState, UNIQUE_VIOLATION } from '../db/sqlstate.ts';
import type { Json, RequestState, Source, Trigger } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { expireAndAdmit } from './admit.ts';
import { ask, askAtOnce, type Range, type Wish } from './ask.ts';
import {
  type FirstAnswer,
  findFirstAnswer,
  KeyReused,
  keepFirstAnswer,
  type Question,
} from './asked-once.ts';
import { lockAlong, lockPipeline } from './pipeline-lock.ts';
import { randomRunId, runIdOf } from './run-id.ts';

/** A person's request waits this long at most for its lane. */
const PATIENCE = '24 hours';

export type PersonsWish = {
  params: Json;
  trigger: Trigger;
  source: Source;
  /** The same key gives the same run. */
  idempotencyKey?: string | undefined;
  /** The same question gets the same answer: its key is the idempotency key. */
  once?: Once | undefined;
  /** The id that the run is to have; the same gives the same run. */
  runId?: string | undefined;
  requestedBy?: string | undefined;
  /** From where they ask; undefined: the program itself does. */
  cameFrom?: string | undefined;
  why?: string | undefined;
  /** Beside those of the pipeline. */
  tags?: readonly string[] | undefined;
  again?: Again | undefined;
};

/** The ended run that is to be done again, and what the new one keeps of it. */
export type Again = {
  of: string;
  /** Undefined: as its params say. */
  lane: string | undefined;
  slot: Date | undefined;
  range: Range | undefined;
  /** The task at which it begins; else at the first. */
  resumeFrom: string | undefined;
  tags?: readonly string[];
};

export type Asked = {
  pipeline: string;
  runId: string;
  state: RequestState;
  why: string | null;
  liveRun: string | undefined;
  /** With a question: what is told, and whether it was told before. */
  told?: FirstAnswer;
  repeated?: boolean;
};

export type Once = Question & {
  /** What is told of it; kept with the run. */
  tell(tx: Tx, asked: Asked): Promise<FirstAnswer>;
};

/** Asks for a run and admits it when its lane is free. The same idempotency key gives the same run. */
export async function askAsPerson(db: Db, pipeline: Pipeline, wish: PersonsWish): Promise<Asked> {
  const attempt = (lock: typeof lockPipeline) => commit('ask', db, (tx) => askOnce(tx, pipeline, wish, lock));
  try {
    return await attempt(lockAlong);
  } catch (error) {
    // The pipeline is new: its row, too.
    if (sqlState(error) === FOREIGN_KEY_VIOLATION) return attempt(lockPipeline);
    // The key came twice at once, for another pipeline: now it can be seen.
    if (sqlState(error) === UNIQUE_VIOLATION && keyOf(wish)) return attempt(lockAlong);
    throw error;
  }
}

async function askOnce(
  tx: Tx,
  pipeline: Pipeline,
  wish: PersonsWish,
  lock: typeof lockPipeline,
): Promise<Asked> {
  const { once, again } = wish;
  const key = keyOf(wish);
  const kind = again ? 'replay' : 'person';
  const runId = wish.runId ?? (key ? runIdOf(kind, key) : randomRunId());
  const asked: Wish = {
    ...wish,
    idempotencyKey: key,
    runId,
    pipeline: pipeline.name,
    kind,
    lane: again?.lane ?? pipeline.key?.(wish.params) ?? '',
    slot: again?.slot,
    range: again?.range,
    replayOf: again?.of,
    resumeFrom: again?.resumeFrom,
    wishWhy: wish.why,
    tags: again?.tags ?? [...pipeline.tags, ...(wish.tags ?? [])],
    timeout: pipeline.timeout,
    deadline: sql<Date>`clock() + ${sql.lit(PATIENCE)}::interval`,
  };
  await lock(tx, pipeline.name);
  const before = once && (await findFirstAnswer(tx, once));
  if (before) return { ...(await outcome(tx, runId)), told: before, repeated: true };
  const done = await askOrFind(tx, pipeline, wish, asked);
  if (!once) return done;
  const told = await once.tell(tx, done);
  await keepFirstAnswer(tx, once, { run_id: runId }, told);
  return { ...done, told };
}

const keyOf = ({ once, idempotencyKey }: PersonsWish) => once?.key ?? idempotencyKey;

async function askOrFind(
  tx: Tx,
  { name, overlap }: Pipeline,
  wish: PersonsWish,
  asked: Wish,
): Promise<Asked> {
  const { runId } = asked;
  const actor = { by: wish.requestedBy ?? 'somebody', from: wish.cameFrom ?? 'itself' };
  if (await askAtOnce(tx, asked, actor))
    return { pipeline: name, runId, state: 'live', why: null, liveRun: runId };
  if (!(await isKnown(tx, name, wish))) {
    await ask(tx, asked, overlap.people);
    const written = sql`run_requests where run_id = ${runId}`;
    await recordingWish(written, actor, wish.why).execute(tx);
    await expireAndAdmit(tx, name);
  }
  return outcome(tx, runId);
}

async function isKnown(tx: Tx, pipeline: string, wish: PersonsWish): Promise<boolean> {
  const { runId } = wish;
  const key = keyOf(wish);
  if (key) return sameKey(tx, key, pipeline, wish);
  if (!runId) return false;
  const row = await tx
    .selectFrom('run_requests')
    .select('run_id')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row !== undefined;
}

async function sameKey(tx: Tx, key: string, pipeline: string, wish: PersonsWish): Promise<boolean> {
  // The database compares: it does not keep the order of members.
  const { rows } = await sql<{ same: boolean }>`
    select pipeline = ${pipeline} and params = ${JSON.stringify(wish.params)}::jsonb
           and (wish_why, replay_of::text, resume_from) is not distinct from
               (${wish.why ?? null}::text, ${wish.again?.of ?? null}::text, ${wish.again?.resumeFrom ?? null}::text)
             as same
      from run_requests where idempotency_key = ${key}`.execute(tx);
  const [before] = rows;
  if (!before) return false;
  if (!before.same) throw new KeyReused('This Idempotency-Key was used for another request.');
  return true;
}

async function outcome(tx: Tx, runId: string): Promise<Asked> {
  const request = await tx
    .selectFrom('run_requests as request')
    .leftJoin('run_requests as live', (join) =>
      join
        .onRef('live.pipeline', '=', 'request.pipeline')
        .onRef('live.lane', '=', 'request.lane')
        .on('live.state', '=', 'live'),
    )
    .select(['request.pipeline', 'request.state', 'request.why', 'live.run_id as live'])
    .where('request.run_id', '=', runId)
    .executeTakeFirstOrThrow();
  const { live, ...known } = request;
  return { ...known, runId, liveRun: live ?? undefined };
}
