/** The text of a pipeline's file, and of its test. */
import { ident, literal, table } from '../db/quote.ts';
import { givenName, type IngestOptions, type IngestSpec } from '../ingest/spec.ts';
import { targetSql } from './target.ts';

const SAMPLE = {
  text: 'a',
  bigint: '1',
  numeric: '1',
  boolean: 'true',
  date: '2026-01-31',
  timestamptz: '2026-01-31T12:00:00Z',
};

/** `lib` is where the file finds KubeScribe's. */
export function pipelineText(
  name: string,
  { from, columns, key, into, onReject }: IngestOptions,
  lib: string,
): string {
  const all = Object.entries(columns).map(([column, of]) => `        ${property(column)}: ${code(of)},\n`);
  return `/** What is brought from ${from.table.replaceAll('*/', '')} into ${into.replaceAll('*/', '')}. */
import * as z from 'zod';
import { ingest } from '${lib}/ingest/ingest.ts';
import { pipeline } from '${lib}/pipeline/define.ts';

export default pipeline('${name}', {
  params: z.strictObject({}),
  tasks: [
    ingest({
      from: ${code(from)},
      columns: {
${all.join('')}      },
      key: ${code(key)},
      into: ${code(into)},
      onReject: ${code(onReject ?? {})},
    }),
  ],
});
`;
}

/** A test that brings one row; \`pipelines\` and \`test\` are where it finds the pipeline and the set-up. */
export function testText(name: string, spec: IngestSpec, pipelines: string, test: string): string {
  const { from } = spec;
  const given = new Map<string, keyof typeof SAMPLE>([[from.id, 'bigint']]);
  if (from.source) given.set(from.source, 'text');
  for (const at of [from.receivedAt, from.time]) if (at) given.set(at, 'timestamptz');
  for (const [column, of] of Object.entries(spec.columns)) given.set(givenName(column, of), of.type);
  const source = table(from.table);
  const columns = [...given].map(([column, type]) => `${ident(column)} ${type}`).join(', ');
  const values = [...given].map(([, type]) => literal(SAMPLE[type])).join(', ');
  return `import made from '${pipelines}/${name}.ts';
import { settled } from '${test}/lib/ingest/run-task.ts';
import { expect, test } from '${test}/setup/product.ts';

const SOURCE = ${template(`${schemaSql(from.table)}drop table if exists ${source};
  create table ${source} (${columns});
  insert into ${source} values (${values})`)};
const TARGET = ${template(`${schemaSql(spec.into)}${targetSql(spec)}`)};

test('${name} brings its rows, once', async ({ product, prod, report, connect }) => {
  const [production, reports] = [await connect(prod), await connect(report)];
  await production.query(SOURCE);
  await reports.query(TARGET);
  const { start } = await product({ pipelines: [made] });
  await settled(production);

  expect(await start('${name}')).toMatchObject({ status: 'SUCCESS', meta: { read: 1, written: 1 } });
  expect(await start('${name}')).toMatchObject({ status: 'SUCCESS', meta: { read: 0 } });
});
`;
}

const schemaSql = (name: string) => {
  const [schema, ...rest] = name.split('.');
  return rest.length > 0 ? `create schema if not exists ${ident(schema ?? '')}; ` : '';
};

const template = (text: string) => `\`${text.replaceAll(/[\\`$]/g, (sign) => `\\${sign}`)}\``;
const quoted = (text: string) => `'${text.replaceAll(/[\\']/g, (sign) => `\\${sign}`)}'`;
const property = (name: string) => (/^[A-Za-z_]\w*$/.test(name) ? name : quoted(name));

/** A value as it stands in a file. */
function code(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(code).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([name, member]) => `${property(name)}: ${code(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
