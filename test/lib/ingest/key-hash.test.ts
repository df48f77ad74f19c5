import * as fc from 'fast-check';
import { expect } from 'vitest';
import { FIRST_HASH, keyHash } from '../../../lib/ingest/key-hash.ts';
import { provable } from '../../../lib/ingest/provable.ts';
import { test } from '../../setup/fixtures.ts';
import { valuesOf } from './nasty-values.ts';

type Type = keyof typeof provable;

const VALUES = 3000;
const types = Object.keys(provable) as Type[];

/** The same in other words. */
const rewritten: Partial<Record<Type, (text: string) => string[]>> = {
  bigint: (text) => [text.replace(/^[+-]?/, (sign) => `${sign}00`), text.replace(/^\+?(?=\d)/, '+')],
  numeric: (text) => [
    text.includes('.') ? `${text}00` : `${text}.0`,
    text.replace(/^[+-]?/, (sign) => `${sign}0`),
  ],
  boolean: (text) => [{ t: 'true', f: 'false' }[text] ?? text.slice(0, 1)],
  timestamptz: (text) => {
    const [local] = text.split(/(?<=:\d\d(?:\.\d+)?)(?=[Z+-]|$)/);
    return [`${local}Z`, `${local}+00`, `${local}-00:00`, text.replace('T', ' ')];
  },
};

const hashOf = (type: Type, text: string) => {
  const bytes = Buffer.from(text);
  return keyHash[type](FIRST_HASH, bytes, 0, bytes.length);
};

const isProvable = (type: Type, text: string) => {
  const bytes = Buffer.from(text);
  return provable[type](bytes, 0, bytes.length);
};

test.for(types)(
  'texts that are the same %s for the database have one hash',
  async (type, { prod, connect }) => {
    const client = await connect(prod);
    await client.query('set timezone to utc');
    const given = fc.sample(valuesOf(type), VALUES).filter((text) => isProvable(type, text));
    const values = given.flatMap((text) => [text, ...(rewritten[type]?.(text) ?? [])]);
    const proven = [...new Set(values)].filter((text) => isProvable(type, text) && !text.includes('\0'));

    const { rows } = await client.query<{ texts: string[] }>(
      `select array_agg(value) as texts from unnest($1::text[]) value group by value::${type}`,
      [proven],
    );

    const torn = rows.filter(({ texts }) => new Set(texts.map((text) => hashOf(type, text))).size > 1);
    expect(torn).toEqual([]);
    const hashes = new Set(rows.map(({ texts }) => hashOf(type, texts[0]!)));
    expect(hashes.size).toBeGreaterThan(rows.length * 0.99);
  },
);
