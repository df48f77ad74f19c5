/** What is done to a program that runs whole, from outside: by its HTTP, its Broker and its databases. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import * as z from 'zod';
import type { Chance } from './chance.ts';
import type { Ready } from './whole-program.ts';

/** Some rows of the feed come again. */
export async function touchFeed({ databases }: Ready, random: Chance): Promise<void> {
  const from = random.between(0, 1_200_000);
  await using(databases.prod, (client) =>
    client.query(
      `update market_bars_raw set received_at = received_at + interval '1 millisecond' where id between $1 and $2`,
      [from, from + random.between(1, 150_000)],
    ),
  );
}

/** Asks for a run; resolves to its id. */
export async function ask({ url }: Ready): Promise<string> {
  const response = await fetch(`${url}/runs/trigger`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: '{"pipeline":"market-bars"}',
  });
  const { run_id } = z.object({ run_id: z.string() }).parse(await response.json());
  return run_id;
}

/** Moves RunLog's clock on. */
export async function shiftClock({ databases }: Ready, by: string): Promise<void> {
  await using(databases.runlog, (client) =>
    client.query(
      `insert into clock_shift (shift) values ($1)
         on conflict (singleton) do update set shift = clock_shift.shift + excluded.shift`,
      [by],
    ),
  );
}

/** A minute's tick. */
export async function tick({ broker }: Ready): Promise<void> {
  await fetch(broker, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': randomUUID(),
      'ce-type': 'dev.knative.sources.ping',
      'ce-source': '/chaos',
      'ce-tick': 'minute',
    },
    body: '{}',
  });
}

/** One connection for as long as some work takes. */
export async function using<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
