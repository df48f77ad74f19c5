/** Columns that the source got, in the target. */
import type { Client } from 'pg';
import { ident, table } from '../db/quote.ts';
import { sqlState } from '../db/sqlstate.ts';
import { Refusal } from '../pipeline/task.ts';
import type { KnownColumns } from './known-columns.ts';
import { provable } from './provable.ts';
import type { ColumnType } from './spec.ts';

const FORBIDDEN = '42501';
const NAMES: Record<string, string> = {
  'timestamp with time zone': 'timestamptz',
  'character varying': 'text',
};

/** As what a new column is brought: as text, unless the target has it already. Undefined: the target has no use for it. */
export async function typeInTarget(
  report: Client,
  into: string,
  column: string,
): Promise<ColumnType | undefined> {
  if (column.startsWith('ks_')) return undefined;
  const { rows } = await report.query<{ type: string }>(
    `select format_type(atttypid, null) as type
       from pg_attribute where attrelid = to_regclass($1) and attname = $2 and attnum > 0 and not attisdropped`,
    [table(into), column],
  );
  if (!rows[0]) return 'text';
  const type = NAMES[rows[0].type] ?? rows[0].type;
  return isKnown(type) ? type : undefined;
}

const isKnown = (type: string): type is ColumnType => Object.hasOwn(provable, type);

/** Adds what the target lacks, by the rights of whoever writes it. */
export async function addColumns(report: Client, into: string, known: KnownColumns): Promise<void> {
  const brought = Object.entries(known).flatMap(([name, { brought: type }]) => (type ? { name, type } : []));
  if (brought.length === 0) return;
  const { rows } = await report.query<{ name: string }>(
    `select name from unnest($2::text[]) as name where not exists (
       select from pg_attribute where attrelid = to_regclass($1) and attname = name and not attisdropped)`,
    [table(into), brought.map(({ name }) => name)],
  );
  for (const { name } of rows) {
    const type = brought.find((one) => one.name === name)?.type ?? 'text';
    const sql = `alter table ${table(into)} add column ${ident(name)} ${type}`;
    await report.query(sql).catch((error: unknown) => {
      if (sqlState(error) !== FORBIDDEN) throw error;
      throw new Refusal(
        'MAY_NOT_EVOLVE',
        `The source got a column "${name}", and whoever writes reports may not add it: ${sql}; or make that login a member of the table's owner.`,
        { cause: error },
      );
    });
  }
}
