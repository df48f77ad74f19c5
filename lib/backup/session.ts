import { Client } from 'pg';
import { SETTLED } from './count.ts';

const SECOND = 1000;
/** Whoever stands in the way for longer holds a backup off. */
const LOCK = '30s';

/**
 * A session that may take as long as a large RunLog takes. Numbers of 64 bits come as text. The driver's own limit of a
 * query would outlive the rows that are copied, and hold the process.
 */
export async function openSession(url: string, name: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: 5 * SECOND,
    keepAlive: true,
  });
  client.on('error', () => {});
  await client.connect();
  await client.query(SETTLED);
  await client.query(
    `select set_config(name, '0', false) from pg_settings
      where name in ('idle_in_transaction_session_timeout', 'transaction_timeout', 'statement_timeout')`,
  );
  await client.query(
    `select set_config('lock_timeout', $1, false), set_config('default_transaction_read_only', 'off', false)`,
    [LOCK],
  );
  return client;
}
