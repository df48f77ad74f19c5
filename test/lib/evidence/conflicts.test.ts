import type { Client } from 'pg';
import { expect } from 'vitest';
import { createThings, readThings, things } from '../ingest/feed.ts';
import { test } from '../ingest/run-task.ts';
import { type FeedRow, meet, type Standing } from './one-by-one.ts';

/** Rows about few things, of all sources and at few instants, some bad; ids beyond those that are there. */
const MANY = `
  insert into feed (thing, value, source, received_at)
  select 'thing ' || (random() * 5)::int,
         case when random() < 0.1 then 'bad' when random() < 0.1 then '-3' else floor(random() * 3)::text end,
         (array['a', 'b', 'c'])[1 + floor(random() * 3)],
         timestamptz '2026-01-01' + floor(random() * 3) * interval '1 s'
    from generate_series(1, 14)`;

/** Versions that are worse than those before them, too. */
const EDIT = `
  update feed set value = floor(random() * 3)::text, source = (array['a', 'b', 'c'])[1 + floor(random() * 3)],
                  received_at = timestamptz '2026-01-01' + floor(random() * 3) * interval '1 s'
   where random() < 0.3; ${MANY}`;

const CONFLICTS = `
  select class, coalesce(detail -> 'existing_row' ->> 'thing', detail -> 'row_a' ->> 'thing') as thing,
         encode(identity, 'hex') as identity
    from kubescribe.evidence where class like '%conflicts' order by 3`;

const fromFeed = async (production: Client, where: string): Promise<FeedRow[]> =>
  (
    await production.query<FeedRow>(
      `select id::int, thing, value, source, extract(epoch from received_at)::int as at from feed ${where} order by id`,
    )
  ).rows;

for (const seed of [1, 2])
  test(`rows meet as if they came one by one, whatever the size of batches (${seed})`, async ({ feed }) => {
    const { production, reports, run } = feed;
    const sizes = [1, 4, 1000];
    for (const size of sizes) await createThings(reports, `things_${size}`);
    await production.query(`select setseed(0.${seed})`);
    await production.query('create table xmins (id bigint, was text)');
    const standing: Standing = new Map();
    for (const change of [MANY, EDIT, EDIT]) {
      await production.query('truncate xmins; insert into xmins select id, xmin::text from feed');
      await production.query(change);
      const changed = await fromFeed(
        production,
        'where not exists (select from xmins where xmins.id = feed.id and was = feed.xmin::text)',
      );
      const expected = meet(standing, changed);

      const identities = [];
      for (const size of sizes) {
        await reports.query('truncate kubescribe.evidence');
        await run(things({ into: `things_${size}`, batchRows: size }), {}, { scope: `by ${size}` });
        const { rows } = await reports.query(
          `select class || ' ' || loser as lost from (
             select class, identity, min(symbol) || ' ' || min(coalesce(
                      case when detail ->> 'resolution' like '%kept%' then detail -> 'incoming_row'
                           when class = 'dedup_conflicts' then detail -> 'existing_row'
                           when detail ->> 'source_a' = detail ->> 'preferred_source' then detail -> 'row_b'
                           else detail -> 'row_a' end) ->> 'value')::numeric::int as loser
               from (select distinct on (identity) * from kubescribe.evidence
                      where class like '%conflicts' order by identity, commit_id) first
              group by class, identity, detail) told order by 1`,
        );
        expect(new Set(rows.map(({ lost }) => lost)), `batches of ${size}`).toEqual(expected);
        expect(rows).toHaveLength(expected.size);
        identities.push(
          (await reports.query(`select distinct identity from (${CONFLICTS}) c order by 1`)).rows,
        );
        const winners = [...standing.values()].map(({ thing, id }) => [thing, id]).sort();
        const held = (await readThings(reports, `things_${size}`)) as { thing: string; id: string }[];
        expect(held.map(({ thing, id }) => [thing, Number(id)])).toEqual(winners);
      }
      expect(identities[1]).toEqual(identities[0]);
      expect(identities[2]).toEqual(identities[0]);
    }
  });
