import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readScript } from '../../../lib/backup/read-script.ts';

/** What a sink is given of a script that comes in pieces. */
async function read(script: string, cuts: readonly number[] = []): Promise<string[]> {
  const got: string[] = [];
  const bytes = Buffer.from(script);
  const places = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  );
  async function* pieces() {
    for (const [i, at] of places.slice(1).entries()) yield bytes.subarray(places[i], at);
  }
  await readScript(pieces(), {
    sql: async (text) => void got.push(`sql ${text}`),
    async rows(statement, chunks) {
      let all = '';
      for await (const chunk of chunks) all += chunk.toString('latin1');
      got.push(statement, Buffer.from(all, 'latin1').toString());
    },
  });
  return got;
}

test('rows are handed on as they were, wherever the script is cut', async () => {
  // What copy writes: a backslash is doubled, so that no row is the end of rows.
  const row = fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .map((text) => text.replaceAll(/[\\\n\r]/g, '\\\\'));
  const table = fc.array(row, { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(table, table, fc.array(fc.nat(), { maxLength: 8 }), async (one, other, cuts) => {
      const text = (rows: string[]) => rows.map((each) => `${each}\n`).join('');
      const script = `begin;\nselect 'ö';\n\ncopy a (x) from stdin;\n${text(one)}\\.\n\ncopy b (x) from stdin;\n${text(other)}\\.\nselect 2;\nend;\n`;

      expect(await read(script, cuts)).toEqual([
        "sql select 'ö';\n\n",
        'copy a (x) from stdin',
        text(one),
        'sql \n',
        'copy b (x) from stdin',
        text(other),
        'sql select 2;\n',
      ]);
    }),
    { numRuns: 300 },
  );
});

test.for([
  ['begin;\nselect 1;\n', 'it is not whole'],
  ['begin;\ncopy a (x) from stdin;\n1\n2', 'in the middle of a table'],
  ['begin;\ncopy a (x) from stdin;\n1\n\\.\n', 'it is not whole'],
] as const)('a script without its end is refused: %j', async ([script, why]) => {
  await expect(read(script)).rejects.toThrow(why);
});
