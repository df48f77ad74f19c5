/** The fence in the report database: the highest epoch that may commit in a scope. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { commitOn } from '../boundary.ts';
import { connect } from '../db/connect.ts';
import { ident } from '../db/quote.ts';

const SECOND = 1000;
/** Longer than a slice may last: what still goes on then belongs to nobody. And how long a lock is waited for. */
const OF_A_SLICE = { statement: 30 * SECOND, lock: 5 * SECOND };
/** A terminated session is gone within this, or its raise fails. */
const TERMINATION = 5 * SECOND;
const LOOK_AGAIN = 10;

/** A higher epoch has the scope: nothing may be committed in it any more. */
export class FenceLost extends Error {}

/** The fence stands above this epoch, as after a restore of RunLog: the sequence of epochs must be lifted first. */
export class BehindFence extends Error {
  readonly fence: number;
  constructor(scope: string, epoch: number, fence: number) {
    super(`epoch ${epoch} is behind the fence of "${scope}", which stands at ${fence}`);
    this.fence = fence;
  }
}

const hashOf = (scope: string) => createHash('sha256').update(scope).digest('hex').slice(0, 16);
const sessionName = (scope: string, epoch: number) => `ks:${epoch}:${hashOf(scope)}`;

/** What the names of staging tables of one try at a batch begin with; no other try, of whatever claim, has it. */
export const stagingPrefix = (scope: string, epoch: number): string =>
  `stage_${hashOf(scope)}_${epoch}_${randomUUID().slice(0, 8)}`;

/** Opens a session by which a claim writes reports; its name tells raisers whom to terminate. */
export async function openReport(
  url: string,
  scope: string,
  epoch: number,
  { statement, lock }: { statement: number; lock: number } = OF_A_SLICE,
): Promise<Client> {
  const session = { statementTimeout: statement, lockTimeout: lock };
  const client = await connect(url, { name: sessionName(scope, epoch), ...session });
  // A batch may read production for as long as it may last; PostgreSQL limits the whole from 17 on.
  await client.query(
    `select set_config(name, $1, false) from pg_settings
      where name in ('idle_in_transaction_session_timeout', 'transaction_timeout')`,
    [String(statement)],
  );
  return client;
}

/**
 * Ends the sessions of older epochs, then raises the fence of a scope; after this no older epoch commits in it, and what
 * they staged is dropped.
 */
export async function raise(client: Client, scope: string, epoch: number): Promise<void> {
  await terminateOlder(client, scope, epoch);
  await client.query('begin');
  const { rows } = await client.query<{ epoch: number }>(
    `insert into kubescribe.fence as standing (scope, epoch) values ($1, $2)
     on conflict (scope) do update set epoch = greatest(standing.epoch, excluded.epoch)
     returning epoch`,
    [scope, epoch],
  );
  await commitOn('raise', client);
  if (rows[0]!.epoch > epoch) throw new BehindFence(scope, epoch, rows[0]!.epoch);
  // Whom this keeps waiting looks at a table of ours: it stays for the next to drop.
  await dropOlderStaging(client, scope, epoch).catch(() => {});
}

async function dropOlderStaging(client: Client, scope: string, epoch: number): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = 'kubescribe'::regnamespace and relkind = 'r'
        and relname ~ ('^stage_' || $1 || '_[0-9]{1,18}_')
        and split_part(relname, '_', 3)::bigint < $2`,
    [hashOf(scope), epoch],
  );
  if (rows.length === 0) return;
  const tables = rows.map(({ name }) => `kubescribe.${ident(name)}`);
  await client.query(`drop table if exists ${tables.join(', ')}`);
}

async function terminateOlder(client: Client, scope: string, epoch: number): Promise<void> {
  const until = performance.now() + TERMINATION;
  for (;;) {
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid)
         from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
          and application_name ~ ('^ks:[0-9]{1,18}:' || $1 || '$')
          and split_part(application_name, ':', 2)::bigint < $2`,
      [hashOf(scope), epoch],
    );
    if (rowCount === 0) return;
    if (performance.now() > until) throw new Error(`sessions of older epochs of "${scope}" do not end`);
    await wait(LOOK_AGAIN);
  }
}

/** Checks and locks the fence: the last statement before a commit in the report database. */
export async function demandFence(client: Client, scope: string, epoch: number): Promise<void> {
  const { rowCount } = await client.query(
    'select from kubescribe.fence where scope = $1 and epoch = $2 for share',
    [scope, epoch],
  );
  if (rowCount === 0) throw new FenceLost(`epoch ${epoch} no longer has "${scope}"`);
}
