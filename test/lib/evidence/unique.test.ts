import type { Client } from 'pg';
import { expect } from 'vitest';
import type { IngestOptions } from '../../../lib/ingest/spec.ts';
import { arrive, createThings, readThings, things } from '../ingest/feed.ts';
import { test } from '../ingest/run-task.ts';

const unique = [['value']];
const sharing = (change: Partial<IngestOptions> = {}) => things({ unique, rules: {}, ...change });

const taken = async (reports: Client) =>
  (
    await reports.query(
      `select detail ->> 'source_id' as id, detail ->> 'rule' as rule, detail ->> 'error_detail' as says
         from kubescribe.evidence where class = 'data_quality_errors' order by 1`,
    )
  ).rows;

test('of two things that may not have the same the first has it, in a batch and beside the report', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(
    production,
    { thing: 'a', value: '1' },
    { thing: 'b', value: '1.0' },
    { thing: 'c', value: '2' },
  );
  const task = sharing();

  expect((await run(task)).books).toMatchObject({ written: 2, rejected_by: { 'unique.value': 1 } });
  await arrive(
    production,
    { thing: 'd', value: '2' },
    { thing: 'c', value: '3' },
    { thing: 'e', value: '2' },
  );
  expect((await run(task)).books).toMatchObject({ written: 2, rejected_by: { 'unique.value': 1 } });

  const held = (await readThings(reports)) as { thing: string; value: string }[];
  expect(held.map(({ thing, value }) => `${thing} ${value}`)).toEqual(['a 1', 'c 3', 'e 2']);
  expect(await taken(reports)).toEqual([
    { id: '2', rule: 'unique.value', says: 'unique.value: value is 1.0' },
    { id: '4', rule: 'unique.value', says: 'unique.value: value is 2' },
  ]);
});

test('what is missing is not the same', async ({ feed }) => {
  const { production, run } = feed;
  await production.query(`insert into feed (thing, value) values ('a', null), ('b', null)`);

  expect((await run(sharing())).books).toMatchObject({ written: 2, rejected: 0 });
});

/** Few things and few values, of all sources and instants. */
const MANY = `
  insert into feed (thing, value, shelf, source, received_at)
  select 'thing ' || (random() * 5)::int, floor(random() * 6)::text, floor(random() * 4)::text,
         (array['a', 'b', 'c'])[1 + floor(random() * 3)], timestamptz '2026-01-01' + floor(random() * 3) * interval '1 s'
    from generate_series(1, 14)`;

for (const seed of [1])
  test(`whoever has what does not depend on the size of batches (${seed})`, async ({ feed }) => {
    const { production, reports, run } = feed;
    await production.query(`select setseed(0.${seed})`);
    const sizes = [1, 4, 1000];
    for (const size of sizes) await createThings(reports, `things_${size}`);
    for (const change of [
      MANY,
      `update feed set value = floor(random() * 6)::text where id % 4 = 0; ${MANY}`,
    ]) {
      await production.query(change);
      const results = [];
      for (const size of sizes) {
        const task = sharing({
          unique: [['value'], ['shelf', 'value']],
          into: `things_${size}`,
          batchRows: size,
        });
        await reports.query('truncate kubescribe.evidence');
        const { books } = await run(task, {}, { scope: `by ${size}` });
        const { rows } = await reports.query('select distinct identity from kubescribe.evidence order by 1');
        results.push({
          held: await readThings(reports, `things_${size}`),
          rejected: books.rejected_by,
          rows,
        });
      }
      expect(results[0]!.held.length).toBeGreaterThan(2);
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
    }
  });

test('what is unique cannot only be warned of', () => {
  expect(() => sharing({ onReject: { per: { 'unique.value': 'warn' } } })).toThrow('whoever comes first');
});
