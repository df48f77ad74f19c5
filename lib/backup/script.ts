/** A dump as SQL in one transaction: `kubescribe restore` reads it without psql, and psql without KubeScribe. */
import type { Client } from 'pg';
import { copyOut } from '../db/copy-out.ts';
import { literal } from '../db/quote.ts';
import { SETTLED } from './count.ts';
import type { Described, DumpedTable } from './describe.ts';

/** The lines between which a script is one transaction. */
export const FIRST_LINE = 'begin;\n';
export const LAST_LINE = 'end;\n';
/** Ends the rows of a `copy`: no row is written like this. */
export const END_OF_ROWS = '\\.\n';

const ENABLING: Record<string, string> = {
  O: 'enable',
  A: 'enable always',
  R: 'enable replica',
  D: 'disable',
};

/** The script, piece by piece: the schema of the applied migrations, the rows, the sequences. */
export async function* scriptOf(
  client: Client,
  { tables, partitions, afterwards, sequences }: Described,
  schema: string,
  onTable: (name: string) => void,
): AsyncGenerator<string | Buffer> {
  const guarded = tables.filter(({ triggers }) => triggers.length > 0);
  yield '-- RunLog. Restore it by `kubescribe restore`, or into an empty database by `psql -f`.\n';
  yield FIRST_LINE;
  yield `${SETTLED};\nset client_min_messages = warning;\n${schema}\n\n`;
  yield lines(partitions);
  // What guards rows against change must not stand in the way of the rows themselves.
  yield lines(guarded.map(({ name }) => `alter table ${name} disable trigger user`));
  yield lines(afterwards.map(({ drop }) => drop).reverse());
  yield lines([`truncate ${tables.map(({ name }) => name).join(', ')}`]);
  for (const table of tables) {
    onTable(table.name);
    yield `\ncopy ${table.name} (${table.columns.join(', ')}) from stdin;\n`;
    yield* copyOut(client, `copy (select ${table.columns.join(', ')} from ${table.name}) to stdout`);
    yield END_OF_ROWS;
  }
  yield `\n${lines(afterwards.map(({ make }) => make))}`;
  // They were made by this very transaction: nobody else has drawn from them, also not epochs.
  yield lines(sequences.map(({ name, value }) => `select setval(${literal(name)}, ${value})`));
  yield lines(guarded.flatMap(enabled));
  yield LAST_LINE;
}

const enabled = ({ name, triggers }: DumpedTable) =>
  triggers.map((trigger) => `alter table ${name} ${ENABLING[trigger.state]} trigger ${trigger.name}`);

const lines = (statements: readonly string[]) => statements.map((one) => `${one};\n`).join('');
