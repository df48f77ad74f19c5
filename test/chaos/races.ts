/** Many at once where only one may win, on a RunLog of their own; each answers with what was wrong. */
import * as z from 'zod';
import { commit, commitOne } from '../../lib/boundary.ts';
import { type Db, openRunLog } from '../../lib/db/connect.ts';
import type { Work } from '../../lib/db/tables.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';
import { askAsPerson } from '../../lib/requests/ask-as-person.ts';
import { claim, demandEpoch, LeaseLost, markTouched, renew } from '../../lib/work/claim.ts';
import { endRun, takeForEnd } from '../../lib/work/end.ts';
import { leave } from '../../lib/work/leave.ts';
import { startTask } from '../../lib/work/task-runs.ts';

const CONNECTIONS = 25;

const sample = pipeline('sample', {
  params: z.object({}),
  overlap: { people: 'skip' },
  tasks: [task('only', async function* () {})],
});

const ask = (db: Db) => askAsPerson(db, sample, { params: {}, trigger: 'api', source: 'local' });

/** All at once, as far as there are connections: each takes the next as soon as it is free. */
async function together<T>(count: number, work: () => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  const waiting = Array.from({ length: count }).values();
  const one = async () => {
    for (const _ of waiting) done.push(await work());
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return done;
}

async function onRunLog<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const db = openRunLog(url, { name: 'races', max: CONNECTIONS });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

/** So many triggers at once under `skip` make one run, which ends before the next round. */
export const raceTriggers = (url: string, atOnce: number, rounds: number): Promise<string[]> =>
  onRunLog(url, async (db) => {
    const faults: string[] = [];
    for (let round = 1; round <= rounds; round++) {
      const asked = await together(atOnce, () => ask(db));
      const live = asked.filter(({ state }) => state === 'live');
      const skipped = asked.filter(({ state }) => state === 'skipped');
      const winner = live[0]?.runId ?? '';
      if (live.length !== 1 || skipped.length !== atOnce - 1)
        faults.push(
          `round ${round}: ${live.length} live and ${skipped.length} skipped of ${atOnce} triggers`,
        );
      if (skipped.some(({ liveRun }) => liveRun !== winner))
        faults.push(`round ${round}: another run is named`);
      await endNow(db, winner);
    }
    const { runs } = await db
      .selectFrom('run_log')
      .select((of) => of.fn.countAll<number>().as('runs'))
      .executeTakeFirstOrThrow();
    if (runs !== rounds) faults.push(`${runs} runs of ${rounds} rounds`);
    return faults;
  });

async function endNow(db: Db, runId: string): Promise<void> {
  const work = await commitOne('claim', db, (one) => claim(one, runId, 0));
  if (work) await endOf(db, work);
}

const endOf = (db: Db, work: Work) => commit('end', db, (tx) => endRun(tx, work, { status: 'SUCCESS' }));

/** So many claims of one checkpoint at once have one winner, whose event is told once. */
export const raceClaims = (url: string, atOnce: number, rounds: number): Promise<string[]> =>
  onRunLog(url, async (db) => {
    const faults: string[] = [];
    for (let round = 1; round <= rounds; round++) {
      const { runId } = await ask(db);
      const works = await together(atOnce, () => commitOne('claim', db, (one) => claim(one, runId, 0)));
      const winners = works.filter((work) => work !== undefined);
      if (winners.length !== 1) faults.push(`round ${round}: ${winners.length} of ${atOnce} claims won`);
      const told = await db
        .selectFrom('outbox')
        .select('id')
        .where('run_id', '=', runId)
        .where('type', 'like', '%.run.started')
        .execute();
      if (told.length !== 1) faults.push(`round ${round}: the start was told ${told.length} times`);
      if (winners[0]) await endOf(db, winners[0]);
    }
    return faults;
  });

/** So many writes by a worker whose epoch was taken, and none is accepted. */
export const raceZombies = (url: string, writes: number): Promise<string[]> =>
  onRunLog(url, async (db) => {
    const { runId } = await ask(db);
    const zombie = await commitOne('claim', db, (one) => claim(one, runId, 0));
    if (!zombie) return ['nobody could claim the run'];
    const { epoch } = zombie;
    const successor = await commit('take', db, (tx) => takeForEnd(tx, runId, { epoch, next: epoch + 1 }));
    const tries = [
      () => commit('renew', db, (tx) => renew(tx, runId, epoch)),
      () => commit('touch', db, (tx) => markTouched(tx, runId, epoch)),
      () => commit('checkpoint', db, (tx) => leave(tx, zombie, { state: { from: 'zombie' } })),
      () => commit('end', db, (tx) => endRun(tx, zombie, { status: 'SUCCESS' })),
      () => commit('task-start', db, (tx) => startTask(tx, zombie, { name: 'only', movesRows: false }, 0)),
      () => commit('any', db, (tx) => demandEpoch(tx, runId, epoch)),
    ];
    let accepted = 0;
    let tried = 0;
    await together(writes, () =>
      tries[tried++ % tries.length]!().then(
        () => accepted++,
        (error: unknown) => {
          if (!(error instanceof LeaseLost)) throw error;
        },
      ),
    );
    const left = await db.selectFrom('run_work').selectAll().where('run_id', '=', runId).executeTakeFirst();
    const tasks = await db.selectFrom('task_runs').select('id').where('run_id', '=', runId).execute();
    const same =
      left && successor && left.epoch === successor.epoch && left.checkpoint === 0 && !left.touched;
    return [
      ...(accepted > 0 ? [`${accepted} of ${writes} writes by a zombie were accepted`] : []),
      ...(same && tasks.length === 0 ? [] : ['the work was changed by a zombie']),
    ];
  });
