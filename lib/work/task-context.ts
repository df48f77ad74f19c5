/** What a task is given: its params, its log, its readers, and the one way to write reports. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Client } from 'pg';
import { connect } from '../db/connect.ts';
import type { Json, Work } from '../db/tables.ts';
import { isInTheWay } from '../evidence/in-the-way.ts';
import type { Service } from '../http/service.ts';
import type { Level } from '../logs/line.ts';
import type { JobLogger } from '../logs/writer.ts';
import { Refusal, type TaskContext } from '../pipeline/task.ts';
import { type CommitRow, commitBatch, readWatermark } from '../report/commit-row.ts';
import { openReport, stagingPrefix } from '../report/fence.ts';
import type { Assignment } from './assignment.ts';
import type { Keeper } from './keep.ts';
import type { Limits } from './limits.ts';
import { noteInTheWay } from './note-in-the-way.ts';
import { onRunLog } from './on-runlog.ts';
import { paceOf } from './pace.ts';
import { cancelOn, closeSession } from './report-session.ts';
import { shipAborted } from './ship-aborted.ts';
import { shipper } from './ship-beside.ts';
import { noteTask } from './task-runs.ts';

export type Place = { task: string; taskRunId: string; assignment: Assignment; state: Json; work: Work };

type Means = { keeper: Keeper; limits: Limits; report: Client; log: JobLogger };

/** Builds a task's context; `close` ends what it opened, and after it the context refuses. */
export async function taskContext(service: Service, place: Place, means: Means) {
  const { work, task, taskRunId } = place;
  const { keeper, limits, report, log } = means;
  let watermark: CommitRow | undefined = await readWatermark(report, work.scope, task);
  const production = openedOnce(() => openProduction(service, keeper.signal, limits));
  const stager = openedOnce(() => openBeside(service, work, keeper.signal, limits));
  const shipping = openedOnce(() => openBeside(service, work, keeper.signal, limits));
  const shipped = shipper(service.runlog, work, report, shipping.open);
  const pace = paceOf(() => performance.now());
  let closed = false;

  const demandOpen = () => {
    keeper.signal.throwIfAborted();
    if (closed) throw new Error('The task is over: its context can no longer be used.');
  };
  /** Refuses on a later turn: a loop that heeds no refusal leaves the others theirs. */
  const demandOpenOnTurn = async () => {
    if (keeper.signal.aborted || closed) await turn();
    demandOpen();
  };
  const line = (level: Level) => (message: string, metadata?: Json) =>
    closed ? undefined : log.logTask(taskRunId, level, message, streamOf(level), metadata);

  const context: TaskContext<Json> = {
    ...place.assignment,
    pipeline: work.pipeline,
    runId: work.run_id,
    state: place.state,
    signal: keeper.signal,
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    async note(meta) {
      await demandOpenOnTurn();
      await onRunLog(service.runlog, 'note', (tx) => noteTask(tx, work, taskRunId, meta));
    },
    progress: (done, of) => keeper.progress(taskRunId, pace(done, of)),
    async production({ anew = false } = {}) {
      await demandOpenOnTurn();
      if (anew) await production.close();
      return production.open();
    },
    report() {
      demandOpen();
      return report;
    },
    async staging() {
      await demandOpenOnTurn();
      return { session: await stager.open(), prefix: stagingPrefix(work.scope, work.epoch) };
    },
    watermark: async () => watermark,
    async batch(target, write) {
      await demandOpenOnTurn();
      const at = { scope: work.scope, task, runId: work.run_id, epoch: work.epoch };
      keeper.beat();
      try {
        watermark = await commitBatch(report, at, watermark, target, write, (commitId, books) =>
          shipAborted(service.runlog, report, work, { task, commitId, books }),
        );
      } catch (error) {
        if (isInTheWay(error)) await noteInTheWay(service.runlog, report, work, { task, target }, error);
        throw error;
      }
      keeper.beat();
      await shipped.take(watermark);
      return watermark;
    },
  };
  return {
    context,
    /** Until what its batches left is in RunLog. */
    through: shipped.through,
    async close() {
      closed = true;
      await shipped.through().catch(() => {});
      await Promise.all([production.close(), stager.close(), shipping.close()]);
    },
  };
}

/** As programs do: what somebody should look at does not stand among what they put out. */
const streamOf = (level: Level) => (level === 'warn' || level === 'error' ? 'stderr' : 'stdout');

/** A session that is opened when it is first asked for. */
function openedOnce(connectIt: () => Promise<Client>) {
  let opening: Promise<Client> | undefined;
  let client: Client | undefined;
  return {
    async open(): Promise<Client> {
      opening ??= connectIt().catch((error) => {
        opening = undefined;
        throw error;
      });
      client = await opening;
      return client;
    },
    /** Who asks after that opens another. */
    async close(): Promise<void> {
      const [opened, before] = [client, opening];
      [client, opening] = [undefined, undefined];
      // A session that is still being opened is not waited for, but does not stay either.
      if (opened) await closeSession(opened);
      else void before?.then(closeSession, () => {});
    },
  };
}

/** The sessions that stage and ship have the name of the one that merges: whoever raises the fence ends all. */
async function openBeside(
  service: Service,
  work: Work,
  signal: AbortSignal,
  limits: Limits,
): Promise<Client> {
  const url = service.config.reportUrl!;
  const client = await openReport(url, work.scope, work.epoch, limits);
  cancelOn(signal, url, client);
  return client;
}

/** Production is only read; the server is told so too. */
async function openProduction(service: Service, signal: AbortSignal, { statement }: Limits): Promise<Client> {
  const { prodUrl } = service.config;
  if (!prodUrl)
    throw new Refusal('NO_PRODUCTION', 'PROD_DB_URL is not set: say where the production database is.');
  const client = await connect(prodUrl, { name: 'kubescribe reader', statementTimeout: statement });
  await client.query('set default_transaction_read_only = on');
  cancelOn(signal, prodUrl, client);
  return client;
}
