import type { Client } from 'pg';
import {
  arrive,
  createFeed,
  createThings,
  feedPipeline,
  readThings,
  shelves,
  things,
  winners,
} from '../lib/ingest/feed.ts';
import { expect, hasEnded, test } from '../setup/product.ts';
import { settled } from '../setup/settled.ts';
import { until } from '../setup/until.ts';
import { pass } from '../work/hands-on.ts';
import { runOf } from '../work/pipeline-of.ts';
import { chance } from './chance.ts';
import { startCutProxy } from './cut-proxy.ts';
import { violations } from './invariants.ts';

const SECOND = 1000;
/** `make chaos` asks for many more. */
const CUTS = Number(process.env.COMMIT_CUTS ?? 5);
/** A run commits about so often in each of the two databases. */
const COMMITS = 14;

test('connections cut before a COMMIT is answered, or before it is sent, double and lose nothing', {
  timeout: 60 * SECOND + CUTS * 10 * SECOND,
}, async ({ product, runlog, report, prod, connect, onTestFinished }) => {
  const [ledger, reports, production] = [await connect(runlog), await connect(report), await connect(prod)];
  await createFeed(production);
  await createThings(reports);
  const proxies = { report: await startCutProxy(report), runlog: await startCutProxy(runlog) };
  onTestFinished(async () => {
    await Promise.all([proxies.report.stop(), proxies.runlog.stop()]);
  });
  const { trigger, broker, tick, run } = await product({
    pipelines: [
      feedPipeline('feed', [things({ batchRows: 4 }), shelves], { retry: { attempts: 9, backoff: 0.01 } }),
    ],
    env: { REPORT_DB_URL: proxies.report.url, RUNLOG_DB_URL: proxies.runlog.url },
  });
  const seed = Number(process.env.COMMIT_SEED ?? 7);
  const random = chance(seed);
  const moveOn = async (id: string) => {
    if (broker.pending() === 0) {
      await pass(ledger, '31 seconds');
      await tick('minute');
    }
    return (await run(id)).status;
  };

  let cuts = 0;
  for (let round = 1; cuts < CUTS; round++) {
    await change(production, round);
    await settled(production);
    const which = random.pick(['report', 'report', 'runlog'] as const);
    const how = random.oneIn(3) ? 'before' : 'after';
    const id = await runOf(trigger({ pipeline: 'feed' }));
    proxies[which].cutCommit(random.between(1, COMMITS), how);
    await until(async () => hasEnded(await moveOn(id)));
    // Who asks for the next run is to be answered.
    proxies[which].spare();

    const about = `seed ${seed}, round ${round}, ${which} cut ${how}`;
    expect(await run(id), about).toMatchObject({ status: 'SUCCESS' });
    expect(await readThings(reports), about).toEqual(await winners(production));
    expect(await summary(reports, 'shelves'), about).toEqual(await summary(reports, RECOMPUTED));
    cuts = proxies.report.cuts() + proxies.runlog.cuts();
  }

  await until(async () => (await moveOnUntilQuiet(ledger, () => tick('minute'))) === 0);
  expect(await violations(ledger, reports)).toEqual([]);
});

/** New rows, edits, bad values and rivals, some of each. */
async function change(production: Client, round: number): Promise<void> {
  await arrive(
    production,
    ...Array.from({ length: 5 }, (_, i) => ({
      thing: `thing ${(round * 3 + i) % 17}`,
      value: i === 4 ? 'bad' : String(round + i),
      shelf: `shelf ${i % 3}`,
      source: 'abc'[i % 3]!,
    })),
  );
  await production.query(`update feed set value = value || '1' where id % 11 = $1 and value <> 'bad'`, [
    round % 11,
  ]);
}

const RECOMPUTED = `(select shelf, sum(value) as total, count(*)::int as things from things group by shelf)`;

async function summary(reports: Client, from: string): Promise<unknown[]> {
  const { rows } = await reports.query(
    `select shelf, trim_scale(total)::text as total, things from ${from} of_shelf order by shelf`,
  );
  return rows;
}

async function moveOnUntilQuiet(ledger: Client, minute: () => Promise<unknown>): Promise<number> {
  await pass(ledger, '31 seconds');
  await minute();
  const { rows } = await ledger.query<{ open: number }>(
    'select count(*)::int as open from outbox where done_at is null',
  );
  return rows[0]!.open;
}
