/** What cannot work in an ingest as it is written. */
import { PipelineError } from '../pipeline/define.ts';
import { provable } from './provable.ts';
import { rulesOf, uniqueRulesOf } from './rule-sql.ts';
import { type Column, givenName, type IngestOptions, type IngestSpec } from './spec.ts';

type Fail = (why: string) => never;

const POLICIES = ['reject', 'warn', 'quarantine', 'abort'];
const STORED = ['keep', 'mask', 'hash', 'drop'];
const CONTRACT = {
  added: ['evolve', 'freeze', 'discard'],
  changed: ['freeze', 'discard row', 'discard value'],
};
const NUMBERS: readonly string[] = ['numeric', 'bigint'];
const INSTANTS: readonly string[] = ['date', 'timestamptz'];
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const WHOLE = /^[+-]?\d+$/;
const INSTANT = /^\d{4}-\d\d-\d\d/;

/** An ingest with nothing left out. Throws a PipelineError when it cannot work as written. */
export function ingestSpec(options: IngestOptions): IngestSpec {
  const name = options.name ?? options.into;
  const fail: Fail = (why) => {
    throw new PipelineError(`Task "${name}": ${why}`);
  };
  const rules = Object.entries(options.rules ?? {}).map(
    ([rule, sql]) => [rule, typeof sql === 'string' ? { reject: sql } : sql] as const,
  );
  const { unique = [], sources = [], onReject = {}, contract = {} } = options;
  const spec = {
    ...options,
    kind: 'ingest',
    name,
    unique,
    sources,
    onReject,
    contract,
    touches: [],
    absent: [],
  } as const;
  const whole = { ...spec, rules: Object.fromEntries(rules) };
  checkColumns(whole, fail);
  checkPolicies(whole, fail);
  return whole;
}

function checkColumns(spec: IngestSpec, fail: Fail): void {
  const { columns, key, unique, about = {}, from, sources, batchRows } = spec;
  if (key.length === 0) fail('it needs a key.');
  const demand = (name: string, where: string) => {
    if (!Object.hasOwn(columns, name)) fail(`${where} names "${name}", which is none of its columns.`);
  };
  for (const name of key) demand(name, 'its key');
  for (const name of unique.flat()) demand(name, 'its "unique"');
  for (const name of Object.values(about)) demand(name, 'its "about"');
  if (unique.some((one) => one.length === 0)) fail('an empty list in "unique" says nothing.');
  const reserved = Object.keys(columns).find((column) => column.startsWith('ks_'));
  if (reserved !== undefined) fail(`"${reserved}": names that begin with ks_ are KubeScribe's own.`);
  for (const [name, column] of Object.entries(columns))
    checkColumn(name, column, (why) => fail(`column "${name}": ${why}`));
  const given = Object.entries(columns).map(([name, column]) => givenName(name, column));
  const twice = given.find((name, i) => given.indexOf(name) !== i);
  if (twice !== undefined) fail(`two columns are brought from "${twice}".`);
  if (sources.length > 0 && from.source === undefined)
    fail('"sources" says whom to trust, but no "from.source" says which column tells them apart.');
  if (batchRows !== undefined && !(Number.isInteger(batchRows) && batchRows > 0))
    fail('batchRows must be a whole number above 0.');
}

function checkColumn(name: string, column: Column, fail: Fail): void {
  const { type, min, max, whole, matches, stored, references } = column;
  if (!Object.hasOwn(provable, type))
    fail(`its type is one of ${Object.keys(provable).join(', ')}, not "${type}".`);
  if ((min !== undefined || max !== undefined) && ![...NUMBERS, ...INSTANTS].includes(type))
    fail(`min and max fit numbers, days and instants, not ${type}.`);
  if (whole && type !== 'numeric') fail(`"whole" fits numeric, not ${type}.`);
  if (matches !== undefined && type !== 'text') fail(`"matches" fits text, not ${type}.`);
  for (const value of [min, max, ...(column.in ?? [])])
    if (value !== undefined && !fits(value, type)) fail(`${JSON.stringify(value)} is no ${type}.`);
  if (column.in?.length === 0) fail('an empty "in" lets nothing pass.');
  if (min !== undefined && max !== undefined && order(min, type) > order(max, type))
    fail(`its min ${min} lies above its max ${max}.`);
  if (references && !(references.table && references.column))
    fail('"references" needs a table and a column.');
  if (stored !== undefined && !STORED.includes(stored))
    fail(`"stored" is one of ${STORED.join(', ')}, not "${stored}".`);
  if (name.length > LONGEST_NAME) fail(`PostgreSQL cuts names after ${LONGEST_NAME} bytes.`);
}

const LONGEST_NAME = 63;

function fits(value: string | number, type: string): boolean {
  const text = String(value);
  if (type === 'numeric') return NUMBER.test(text);
  if (type === 'bigint') return WHOLE.test(text);
  if (INSTANTS.includes(type)) return INSTANT.test(text) && !Number.isNaN(Date.parse(text));
  return type !== 'boolean' || ['true', 'false'].includes(text);
}

const order = (value: string | number, type: string) =>
  INSTANTS.includes(type) ? Date.parse(String(value)) : Number(value);

function checkPolicies(spec: IngestSpec, fail: Fail): void {
  const { onReject, contract, rules, columns, key } = spec;
  const demand = (value: string | undefined, allowed: readonly string[], where: string) => {
    if (value !== undefined && !allowed.includes(value))
      fail(`${where} is one of ${allowed.join(', ')}, not "${value}".`);
  };
  demand(onReject.policy, POLICIES, 'onReject.policy');
  demand(contract.added, CONTRACT.added, 'contract.added');
  demand(contract.changed, CONTRACT.changed, 'contract.changed');
  for (const [name, { reject, policy }] of Object.entries(rules)) {
    demand(policy, POLICIES, `the policy of rule "${name}"`);
    if (typeof reject !== 'string' || reject.trim() === '') fail(`rule "${name}" needs SQL.`);
  }
  const known = [
    ...[...rulesOf(spec), ...uniqueRulesOf(spec)].map((rule) => rule.name),
    ...Object.entries(columns).flatMap(([name, { type }]) => (type === 'text' ? [] : [`cast.${name}`])),
  ];
  for (const [name, policy] of Object.entries(onReject.per ?? {})) {
    demand(policy, POLICIES, `onReject.per["${name}"]`);
    if (!known.includes(name)) fail(`onReject.per knows ${known.join(', ')}, not "${name}".`);
    if (policy === 'warn' && key.some((column) => [`null.${column}`, `cast.${column}`].includes(name)))
      fail(`onReject.per["${name}"]: a row without its key cannot be written, whatever it is warned of.`);
    if (policy === 'warn' && name.startsWith('unique.'))
      fail(`onReject.per["${name}"]: whoever comes first has the values; another row cannot have them too.`);
  }
  const { most } = onReject;
  if (most !== undefined && !(most >= 0 && most <= 1)) fail('onReject.most is a share from 0 to 1.');
}
