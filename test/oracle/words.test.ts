import { expect } from 'vitest';
import { test } from './databases.ts';
import { keys, odd, type Type } from './words.ts';

const RELATIVE = /now|today|tomorrow|yesterday/i;

test.for(Object.keys(odd) as Type[])(
  'the database understands every word for a %s as the oracle does',
  async (type, { lanes }) => {
    const [lane] = await lanes(1);
    const words = [...odd[type], ...(type in keys ? keys[type as keyof typeof keys] : [])];

    const { rows } = await lane!.source.query<{ shown: string | null }>(
      `select case when pg_input_is_valid(word, $2) then word::${type}::text end as shown
       from unnest($1::text[]) with ordinality as given (word, nth) order by nth`,
      [words.map(([text]) => text), type],
    );

    const understood = words.map(([text], i) => [text, RELATIVE.test(text) ? null : rows[i]!.shown]);
    expect(understood).toEqual(words.map(([text, shown]) => [text, shown ?? null]));
  },
);
