/** A lane plays datasets on real databases, one after the other. */
import type { Client } from 'pg';
import { expect } from 'vitest';
import { connect } from '../../lib/db/connect.ts';
import type { Books } from '../../lib/report/books.ts';
import { FenceLost } from '../../lib/report/fence.ts';
import { settled } from '../setup/settled.ts';
import { type Dataset, instants, type Leg } from './dataset.ts';
import { createTables, dropTables, shownGroups, shownRows, type Tables, tasks, write } from './engine.ts';
import { byText, type Told } from './predict.ts';
import { apply, emptySource } from './source.ts';
import { type Bench, newRun, work, workAsZombie } from './worker.ts';

export type Lane = {
  name: string;
  source: Client;
  openProduction: () => Promise<Client>;
  sessions: [Client, Client];
  stagers: [Client, Client];
  played: number;
};

/** What the engine did: round by round, and where its batches were cut. */
export type Played = { rounds: Told[]; cuts: string[][] };

/** Opens a lane; its name is a part of its tables' names. */
export async function openLane(
  name: string,
  { prod, report }: { prod: string; report: string },
): Promise<Lane> {
  const open = (url: string) => connect(url, { name });
  const sessions: [Client, Client] = [await open(report), await open(report)];
  const stagers: [Client, Client] = [await open(report), await open(report)];
  return { name, source: await open(prod), openProduction: () => open(prod), sessions, stagers, played: 0 };
}

export async function closeLane({ source, sessions, stagers }: Lane): Promise<void> {
  for (const client of [source, ...sessions, ...stagers]) await client.end();
}

/** Plays one dataset from its beginning. */
export async function play(lane: Lane, dataset: Dataset): Promise<Played> {
  const { source: client, sessions, stagers, openProduction } = lane;
  const scope = `${lane.name}_${++lane.played}`;
  const tables: Tables = {
    feed: `feed_${scope}`,
    into: `into_${scope}`,
    groups: `groups_${scope}`,
    known: `known_${scope}`,
  };
  const bench: Bench = { sessions, stagers, openProduction, scope, pipeline: lane.name };
  const source = emptySource(dataset);
  const played: Played = { rounds: [], cuts: [] };
  let [epoch, last] = [0, 0];
  await createTables(client, sessions[0], dataset.spec, tables);
  try {
    for (const { changes, legs, size } of dataset.rounds) {
      for (const change of changes) {
        const doing = apply(source, change);
        if (doing)
          await write(client, tables.feed, doing, doing.do === 'delete' ? null : instants[doing.row.at]!);
      }
      await settled(client);
      const toTheEnd: Leg = { worker: 0, size, zombie: false, anew: false };
      let run = newRun();
      for (const leg of [...legs, toTheEnd]) {
        const { load } = tasks(dataset.spec, tables, leg.size);
        if (leg.anew) run = newRun();
        run = await work(bench, load, leg, run, ++epoch);
        if (!leg.zombie) continue;
        const zombie = workAsZombie(bench, load, leg.worker === 0 ? 1 : 0, epoch - 1);
        await expect(zombie).rejects.toThrow(FenceLost);
      }
      await work(bench, tasks(dataset.spec, tables, size).sum, { worker: 1 }, newRun(), ++epoch);
      const commits = await commitsSince(sessions[0], scope, last);
      last = commits.at(-1)!.commit_id;
      played.cuts.push(commits.filter(({ task }) => task === 'load').map((commit) => commit.last_id));
      played.rounds.push({
        ...booksOf(commits),
        rows: (await shownRows(sessions[0], dataset.spec, tables)).toSorted(byText),
        summary: (await shownGroups(sessions[0], tables)).toSorted(byText),
        evidence: await evidenceOf(sessions[0], scope),
        quarantine: await quarantineOf(sessions[0], tables.into),
      });
    }
  } finally {
    await dropTables(client, sessions[0], tables);
  }
  return played;
}

type Commit = { commit_id: number; task: string; last_id: string; books: Books };

async function commitsSince(report: Client, scope: string, last: number): Promise<Commit[]> {
  const { rows } = await report.query<Commit>(
    `select commit_id, task, last_id::text, books from kubescribe.commits
      where scope = $1 and commit_id > $2 order by commit_id`,
    [scope, last],
  );
  return rows;
}

async function quarantineOf(report: Client, target: string): Promise<string[]> {
  const { rows } = await report.query<{ id: string }>(
    'select source_id::text as id from kubescribe.quarantine where target = $1',
    [target],
  );
  return rows.map(({ id }) => id).toSorted();
}

/** Identities with the class under which they were first seen. */
async function evidenceOf(report: Client, scope: string): Promise<string[]> {
  const { rows } = await report.query<{ seen: string }>(
    `select distinct on (identity) class || ' ' || encode(identity, 'hex') as seen
       from kubescribe.evidence join kubescribe.commits using (commit_id)
      where scope = $1 order by identity, commit_id`,
    [scope],
  );
  return rows.map(({ seen }) => seen).toSorted();
}

function booksOf(commits: readonly Commit[]): Pick<Told, 'books' | 'rejectedBy' | 'summaryBooks'> {
  const of = (name: string) => commits.filter(({ task }) => task === name).map(({ books }) => books);
  const add = (all: Books[], term: keyof Told['books']) =>
    all.reduce((total, books) => total + books[term], 0);
  const [loads, sums] = [of('load'), of('sum')];
  const rejectedBy: Record<string, number> = {};
  for (const { rejected_by } of loads)
    for (const [rule, count] of Object.entries(rejected_by))
      rejectedBy[rule] = (rejectedBy[rule] ?? 0) + count;
  return {
    books: {
      read: add(loads, 'read'),
      written: add(loads, 'written'),
      unchanged: add(loads, 'unchanged'),
      deduped: add(loads, 'deduped'),
      rejected: add(loads, 'rejected'),
      warned: add(loads, 'warned'),
      quarantined: add(loads, 'quarantined'),
    },
    rejectedBy,
    summaryBooks: {
      read: add(sums, 'read'),
      written: add(sums, 'written'),
      unchanged: add(sums, 'unchanged'),
    },
  };
}
