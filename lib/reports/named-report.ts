/** The tables that a function may show, and the one that a request names. */
import { notFound } from '../http/problem.ts';
import type { Service } from '../http/service.ts';
import { allowedTables } from './allowed.ts';
import { type ReportTable, readTables, tableNamed } from './catalogue.ts';

/** Those that are there and may be read. */
export async function openTables({ pipelines, config, reports }: Service): Promise<ReportTable[]> {
  return readTables(reports.pages, allowedTables(await pipelines(), config));
}

/** The table of a name; whatever else there is, nobody is told of. */
export function reportNamed(tables: readonly ReportTable[], name: string): ReportTable {
  const found = tableNamed(tables, name);
  if (found) return found;
  const known = tables.map((table) => table.name).join(', ') || 'none';
  throw notFound(`There is no report "${name.slice(0, 80)}". Known: ${known}.`);
}
