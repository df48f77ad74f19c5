/** Where a row of a report is from: commit, run, slot, what else was said of it; of a summary what it is made of. */
import type { Service } from '../http/service.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { type ReportTable, tableNamed } from '../reports/catalogue.ts';
import type { RowKey } from './key.ts';
import { type Commit, findCommits, findLastCommit, findRow } from './row.ts';
import { type CommitRun, findRuns } from './runs.ts';
import { findSiblings } from './siblings.ts';
import { findSources, type Sources } from './sources.ts';

const PRUNED = 'The commit was pruned: which run wrote the row is no longer known.';

type Asked = { table: ReportTable; key: RowKey; tables: readonly ReportTable[] };

/** The passport of a row; undefined when there is no such row, and nothing was ever said of it. */
export async function findPassport(
  { reports, runlog, pipelines }: Pick<Service, 'reports' | 'runlog' | 'pipelines'>,
  { table, key, tables }: Asked,
) {
  const { row, origin, stored, key: shownKey } = await findRow(reports.pages, table, key);
  const writers = writersOf(await pipelines(), table);
  const { summary, ingest, copy } = writers;
  // A key of other columns names no group.
  const grouped = summary && table.key.every((name) => name in summary.by) ? summary : undefined;
  const source = grouped && tableNamed(tables, grouped.from);
  const [siblings, sources] = await Promise.all([
    ingest ? findSiblings(runlog, ingest, writers.pipelines, stored) : [],
    grouped && source ? findSources(reports.pages, grouped, source, { table, key }) : undefined,
  ]);
  if (row === null && siblings.length === 0) return undefined;
  const ids = [origin?.commit_id, ...(sources?.commits ?? []).map(({ commit_id }) => commit_id)];
  const commits = await findCommits(
    reports.pages,
    ids.flatMap((id) => id ?? []),
  );
  const commit = origin
    ? commits.get(origin.commit_id)
    : copy && row && (await findLastCommit(reports.pages, copy.into, copy.name));
  if (commit) commits.set(commit.commit_id, commit);
  const runs = await findRuns(runlog, [...new Set([...commits.values()].map(({ run_id }) => run_id))]);
  const run = commit && runs.get(commit.run_id);
  const notes = [
    ...(origin && !commit ? [PRUNED] : []),
    ...(commit && !run ? [`The run ${commit.run_id} was removed: it is older than runs are kept.`] : []),
    ...(row !== null && !origin && !summary && !copy
      ? ['The table does not say where its rows are from.']
      : []),
    ...(summary && !grouped
      ? ['Its key is not what it is grouped by: what it is made of is not known.']
      : []),
    ...(grouped && !source ? [`${grouped.from}, which it is made of, may not be read here.`] : []),
    ...(source && !sources ? [`Finding its rows in ${source.name} takes longer than a request may.`] : []),
  ];
  return {
    table: table.name,
    key: shownKey,
    row,
    written_by: table.written_by,
    copy_of: copy?.from ?? null,
    origin: origin && {
      ...origin,
      source: ingest?.sources[origin.rank - 1] ?? null,
      from: ingest?.from.table ?? null,
    },
    commit: commit ? shownCommit(commit) : null,
    run: run ? shownRun(run) : null,
    siblings,
    sources: source && sources ? shownSources(source, sources, commits, runs) : null,
    notes,
  };
}

type Summary = Extract<NonNullable<Pipeline['tasks'][number]['spec']>, { kind: 'rollup' }>;

/** What writes a table: which pipelines, and the first ingest, roll-up and mirror among their tasks. */
function writersOf(all: readonly Pipeline[], { written_by }: ReportTable) {
  const specs = written_by.flatMap(({ pipeline, task }) => {
    const tasks = all.find(({ name }) => name === pipeline)?.tasks ?? [];
    return tasks.flatMap(({ name, spec }) => (name === task && spec ? [spec] : []));
  });
  const ingest = specs.find((spec): spec is IngestSpec => spec.kind === 'ingest');
  const summary = specs.find((spec): spec is Summary => spec.kind === 'rollup');
  const copy = specs.find((spec) => spec.kind === 'mirror');
  return { copy, pipelines: [...new Set(written_by.map(({ pipeline }) => pipeline))], ingest, summary };
}

const shownCommit = ({ previous_horizon, horizon, last_id, closed, source_identity, ...commit }: Commit) => ({
  ...commit,
  window: { previous_horizon, horizon, last_id, closed, source_identity },
});

const shownRun = (run: CommitRun) => ({
  ...run,
  href: `/runs/${run.run_id}`,
  page: `/console/runs/${run.run_id}`,
});

const shownSources = (
  source: ReportTable,
  { commits, rows }: Sources,
  known: ReadonlyMap<number, Commit>,
  runs: ReadonlyMap<string, CommitRun>,
) => ({
  table: source.name,
  rows: commits.reduce((sum, one) => sum + one.rows, 0),
  commits: commits.map((one) => {
    const commit = one.commit_id === null ? undefined : known.get(one.commit_id);
    return {
      ...one,
      task: commit?.task ?? null,
      batch: commit?.batch ?? null,
      committed_at: commit?.committed_at ?? null,
      run_id: commit?.run_id ?? null,
      pipeline: (commit && runs.get(commit.run_id)?.pipeline) ?? null,
    };
  }),
  sample: rows.map((key) => ({
    key,
    passport: `/passport?${new URLSearchParams({ table: source.name, key: JSON.stringify(key) })}`,
  })),
});
