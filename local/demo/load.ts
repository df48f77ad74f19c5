import pg from 'pg';
import { barsSql, finishSql, SCHEMA } from './history.ts';
import { planted, SCALES, type Scale } from './planted.ts';

export type DemoOptions = {
  /** Default `SCALES.demo`. */
  scale?: Scale;
  /** The history ends with the day before; default today. */
  until?: Date;
};

/** Fills an empty production database with the demo's history; resolves to the rows, 0 when it was there already. */
export async function loadDemo(url: string, options: DemoOptions = {}): Promise<number> {
  const scale = options.scale ?? SCALES.demo;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("select to_regclass('market_bars_raw') is not null as present");
    if (rows[0]?.present) return 0;
    // One transaction: a start killed half-way leaves nothing, and a new table's rows need no write-ahead log.
    await client.query('begin');
    await client.query("set local work_mem = '64MB'");
    await client.query("set local maintenance_work_mem = '256MB'");
    for (const sql of [SCHEMA, barsSql(scale, options.until ?? new Date()), ...finishSql(scale)])
      await client.query(sql);
    await client.query('commit');
    return planted(scale).rows;
  } finally {
    await client.end();
  }
}
