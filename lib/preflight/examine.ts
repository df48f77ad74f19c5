/** Everything that a pipeline needs of its databases, looked at where it is. */
import type { Client } from 'pg';
import type { Pipeline } from '../pipeline/options.ts';
import { columnsOf, faultOf } from './ask-sql.ts';
import { type Finding, findingsOf } from './finding.ts';
import { mirrorFindings } from './mirror.ts';
import { ruleFindings } from './rules.ts';
import { serverFindings } from './server.ts';
import { sourceFindings } from './source.ts';
import { summaryFindings } from './summary.ts';
import { targetFindings } from './target.ts';

/** All findings about a pipeline, task by task. */
export async function* examine(
  production: Client,
  report: Client,
  { tasks }: Pipeline,
): AsyncGenerator<Finding> {
  if (tasks.some(({ spec }) => spec?.kind === 'ingest')) yield* await serverFindings(production, report);
  for (const { name, spec } of tasks) {
    if (spec?.kind === 'ingest') {
      yield* await sourceFindings(production, spec);
      yield* await targetFindings(report, spec);
      yield* await ruleFindings(report, spec);
    } else if (spec?.kind === 'rollup') yield* await summaryFindings(report, spec);
    else if (spec?.kind === 'mirror') yield* await mirrorFindings(production, report, spec);
    else if (spec?.kind === 'check') yield await checkFinding(report, name, spec.sql);
    else yield await freeFinding(report, name, spec?.sql);
  }
}

async function checkFinding(report: Client, name: string, sql: string): Promise<Finding> {
  const { ok, fail } = findingsOf(name);
  const columns = await columnsOf(report, sql);
  return typeof columns === 'string' ? fail(`its SQL: ${columns}`) : ok('its SQL can be asked');
}

/** Of statements that have a plan: whether they can be planned. */
async function freeFinding(report: Client, name: string, sql: string | undefined): Promise<Finding> {
  const { ok, fail } = findingsOf(name);
  if (sql === undefined) return ok('TypeScript: what it needs nobody can see');
  if (!/^\s*(select|insert|update|delete|merge|with)\b/i.test(sql) || /;\s*\S/.test(sql))
    return ok('free SQL: what it needs nobody can see');
  const fault = await faultOf(report, sql);
  return fault ? fail(`its SQL: ${fault}`) : ok('its SQL can be asked');
}
