import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Client } from 'pg';
import { connect } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import type { Service } from '../http/service.ts';
import { BehindFence, openReport, raise } from '../report/fence.ts';
import { liftEpochs } from './epochs.ts';
import { type Limits, SLICE_LIMITS } from './limits.ts';
import { GRACE } from './numbers.ts';
import { ship } from './ship.ts';

/** Opens the report session of a claim, raises the fence with it, and ships what earlier claims left behind. */
export async function raiseAndShip(
  service: Service,
  work: Work,
  limits: Limits = SLICE_LIMITS,
): Promise<Client> {
  const { reportUrl } = service.config;
  if (!reportUrl) throw new Error('REPORT_DB_URL is not set');
  const client = await openReport(reportUrl, work.scope, work.epoch, limits);
  try {
    await raise(client, work.scope, work.epoch);
    await ship(service.runlog, client, work);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    if (error instanceof BehindFence) await liftEpochs(service.runlog, error.fence);
    throw error;
  }
}

/** Cancels what a session is doing as soon as the signal says so. */
export function cancelOn(signal: AbortSignal, url: string, client: Client): void {
  const cancel = async () => {
    const { processID } = client as Client & { processID?: number };
    const other = await connect(url, { name: 'kubescribe cancel' });
    await other.query('select pg_cancel_backend($1)', [processID]).finally(() => other.end());
  };
  const onAbort = () => void cancel().catch(() => client.end().catch(() => {}));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
}

/**
 * Ends a session; one that does not go is cut. Whoever still asks it is refused on a later turn: a loop that heeds no
 * refusal would else keep the whole process from everything else.
 */
export async function closeSession(client: Client): Promise<void> {
  const refuse = async () => {
    await turn();
    throw new Error('The session was closed.');
  };
  Object.assign(client, { query: refuse });
  const { connection } = client as Client & { connection?: { stream: Duplex } };
  const cut = setTimeout(() => connection?.stream.destroy(), GRACE);
  await client.end().catch(() => {});
  clearTimeout(cut);
}

/** Whether a session still answers. */
export async function isAlive(client: Client | undefined): Promise<boolean> {
  if (!client) return true;
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
