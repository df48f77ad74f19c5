/** A slice: what one delivery does of a run, from its claim to the checkpoint, the end, or the loss of its lease. */
import type { Client } from 'pg';
import { isAway } from '../db/sqlstate.ts';
import type { Json, Work } from '../db/tables.ts';
import type { Service } from '../http/service.ts';
import type { Level } from '../logs/line.ts';
import { describeError } from '../logs/redact.ts';
import { onItsDay } from '../logs/saying.ts';
import type { JobLogger } from '../logs/writer.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { Refusal } from '../pipeline/task.ts';
import { assignmentOf } from './assignment.ts';
import { LeaseLost, markTouched, renewEntered } from './claim.ts';
import { type Keeper, keep } from './keep.ts';
import { unlessLeftBehind } from './leave-behind.ts';
import { type Limits, SLICE_LIMITS } from './limits.ts';
import { ofRunLog, onRunLog, RunLogAway } from './on-runlog.ts';
import { cancelled, judgeFailure, type Outcome, reportAway } from './outcome.ts';
import { cancelOn, closeSession, isAlive, raiseAndShip } from './report-session.ts';
import { type Saver, saver } from './save.ts';
import { type Place, taskContext } from './task-context.ts';
import { finishTask, startTask } from './task-runs.ts';

/** Which task a run is at, and what that task left. */
type Progress = { task: number; left: Json };

/** Where to go on: where the last slice stopped, else at the task that a resumed run begins with (-1: it is gone). */
const progressOf = ({ task, left, from }: Json, { tasks }: Pipeline): Progress => ({
  task: typeof task === 'number' ? task : from ? tasks.findIndex(({ name }) => name === from) : 0,
  left: (left as Json | undefined) ?? {},
});

/** Works on a claimed run until its tasks are done or it must give way. Writes nothing after the lease is lost. */
export async function runSlice(
  service: Service,
  pipeline: Pipeline,
  work: Work,
  limits: Limits = SLICE_LIMITS,
): Promise<Outcome> {
  const hearLevel = (level: Level | null) => service.levels.heard(work.pipeline, level);
  const keeper = keep(service.runlog, work, service.draining, limits, hearLevel);
  const save = saver(service.runlog, work, limits.keep);
  const log = service.logs.jobLogger(work.run_id, work);
  const slice = { ...progressOf(work.state, pipeline), progressed: false };
  let report: Client | undefined;
  try {
    if (work.cancel_at) return { is: 'ended', end: cancelled(work) };
    try {
      report = await enter(service, work, limits);
    } catch (error) {
      return cannotEnter(error, work);
    }
    cancelOn(keeper.signal, service.config.reportUrl!, report);
    if (!(await workOn(service, pipeline, work, { keeper, limits, save, log, report, slice }))) {
      return { is: 'paused', state: stateOf(slice), progressed: slice.progressed, counted: true };
    }
    // A session that still answers has no COMMIT on its way: nothing lands after a SUCCESS.
    return (await isAlive(report))
      ? { is: 'done' }
      : { is: 'blocked', why: reportAway, state: stateOf(slice), progressed: slice.progressed };
  } catch (error) {
    // Whoever was told to stop asks no more: a task that did not heed it may still use the session.
    const reportIsAlive = keeper.signal.aborted || (await isAlive(report));
    return judgeFailure(error, {
      signal: keeper.signal,
      flag: keeper.flag(),
      reportIsAlive,
      state: stateOf(slice),
      progressed: slice.progressed,
      task: pipeline.tasks[slice.task],
    });
  } finally {
    await keeper.stop();
    if (report) await closeSession(report);
    await log.close();
  }
}

const stateOf = ({ task, left }: Progress): Json => ({ task, left });

/** First contact with the report database: marked before, fenced, and the lease renewed after. */
async function enter(service: Service, work: Work, limits: Limits): Promise<Client> {
  await onRunLog(service.runlog, 'touch', (tx) => markTouched(tx, work.run_id, work.epoch));
  const report = await raiseAndShip(service, work, limits);
  await onRunLog(service.runlog, 'renew', (tx) => renewEntered(tx, work.run_id, work.epoch));
  return report;
}

function cannotEnter(error: unknown, work: Work): Outcome {
  if (error instanceof LeaseLost) return { is: 'lost' };
  if (error instanceof RunLogAway)
    return { is: 'paused', state: work.state, progressed: false, counted: false };
  const { code, message } = describeError(error);
  const why = isAway(error)
    ? `the report database cannot be reached (${code})`
    : `the fence cannot be raised: ${message}`;
  return { is: 'blocked', why, state: work.state, progressed: false };
}

type Surroundings = {
  keeper: Keeper;
  limits: Limits;
  save: Saver;
  log: JobLogger;
  report: Client;
  slice: Progress & { progressed: boolean };
};

/** Runs the tasks in their order; false when it gave way before the last was done. */
async function workOn(
  service: Service,
  pipeline: Pipeline,
  work: Work,
  around: Surroundings,
): Promise<boolean> {
  const { keeper, limits, save, slice, report } = around;
  if (slice.task < 0)
    throw new Refusal('TASK_GONE', 'The task at which it should go on is no longer in the pipeline file.');
  const assignment = await ofRunLog(assignmentOf(service.runlog, work.run_id));
  service.levels.heard(work.pipeline, assignment.logLevel);
  const params = pipeline.params.parse(assignment.params);
  for (; slice.task < pipeline.tasks.length; slice.task++, slice.left = {}) {
    keeper.signal.throwIfAborted();
    const task = pipeline.tasks[slice.task]!;
    const opening = { parameters: assignment.params, tasks: pipeline.tasks.length };
    const { id: taskRunId, attempt_since } = await onItsDay(service.runlog, () =>
      onRunLog(service.runlog, 'task-start', (tx) => startTask(tx, work, task, slice.task, opening)),
    );
    keeper.watch(task, attempt_since);
    const place: Place = {
      task: task.name,
      taskRunId,
      assignment: { ...assignment, params },
      state: slice.left,
      work,
    };
    const session = await taskContext(service, place, { keeper, limits, report, log: around.log });
    try {
      const walking = walk(task.run(session.context), around);
      const onLeft = () =>
        around.log.logTask(taskRunId, 'warn', 'it did not stop when it was told to, and was left behind');
      if (!(await unlessLeftBehind(walking, keeper.signal, onLeft))) return false;
      await session.through();
    } finally {
      keeper.watch();
      await session.close();
    }
    keeper.signal.throwIfAborted();
    await onItsDay(service.runlog, () =>
      onRunLog(service.runlog, 'task-end', (tx) => finishTask(tx, work, taskRunId)),
    );
    slice.progressed = true;
    await save({ task: slice.task + 1, left: {} });
  }
  return true;
}

/** Goes from yield to yield; false when it gave way before the end. */
async function walk(body: AsyncGenerator<Json, void>, { keeper, save, slice }: Surroundings) {
  for await (const left of body) {
    slice.left = left;
    slice.progressed = true;
    keeper.beat();
    keeper.signal.throwIfAborted();
    if (keeper.pause()) return false;
    await save(stateOf(slice));
  }
  return true;
}
