import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import * as z from 'zod';
import { LogLine } from '../../lib/contract/log-line.ts';
import { openRunLog } from '../../lib/db/connect.ts';
import { openLogDownload } from '../../lib/logs/download.ts';
import { test as base, expect } from '../setup/product.ts';

/** RunLog as its owner has it. */
const test = base.extend('db', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  onCleanup(() => db.destroy());
  return db;
});

const execute = promisify(execFile);
const MIB = 1024 * 1024;
const RUN = '7b0e6f7e-8f6e-4a53-9a55-0d1c32f4e8aa';
const addRun = sql`insert into run_log (run_id, component) values (${RUN}, 'elsewhere')`;
const say = (count: number, message = sql`'line ' || n`) => sql`
  insert into logs (type, job_run_id, message, timestamp)
  select 'job', ${RUN}, ${message}, clock() at time zone 'UTC' - interval '1 minute' + n * interval '1 microsecond'
    from generate_series(1, ${sql.lit(count)}) n`;

test('a file has every line that fits, in order, page after page', async ({ product, db }) => {
  const { ask } = await product({ pipelines: [] });
  await addRun.execute(db);
  await say(2500).execute(db);
  await sql`insert into logs (message) values ('of the system')`.execute(db);
  const messages = async (query: string) => {
    const text = await (await ask(`/api/v1/logs/download?${query}`)).text();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => LogLine.parse(JSON.parse(line)).message);
  };
  const all = Array.from({ length: 2500 }, (_, n) => `line ${n + 1}`);

  expect(await messages(`job_run_id=${RUN}`)).toEqual(all);
  expect(await messages(`job_run_id=${RUN}&order=desc`)).toEqual(all.toReversed());
  expect(await messages(`job_run_id=${RUN}&limit=1001`)).toEqual(all.slice(0, 1001));
  expect(await messages(`job_run_id=${RUN}&text=LINE%202`)).toEqual(
    all.filter((line) => line.startsWith('line 2')),
  );
  expect(await messages('regex=7$')).toEqual(all.filter((line) => line.endsWith('7')));
  expect(await messages('type=system')).toEqual(['of the system']);
  expect(await messages('type=task')).toEqual([]);
  const page = await ask(`/api/v1/logs?job_run_id=${RUN}&order=asc&limit=1000&offset=1400`);
  const cursor = /cursor=([\w-]+)[^>]*>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
  expect(await messages(`job_run_id=${RUN}&cursor=${cursor}`)).toEqual(all.slice(2400));
});

test('as text a hostile line is one line, in which nothing is executed and nothing forged', async ({
  product,
  db,
}) => {
  const { ask } = await product({ pipelines: [] });
  const hostile =
    '\u001b[2J\u001b]0;owned\u0007done\r\n2026-01-01T00:00:00Z ERROR forged \u202egnp.exe \u009b31m';
  await sql`insert into logs (level, message, metadata) values ('warn', ${hostile}, ${JSON.stringify({ why: hostile })})`.execute(
    db,
  );

  const answer = await ask('/api/v1/logs/download?format=text');
  const text = await answer.text();

  expect(text.replace(/\n$/, '')).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(text).toMatch(/^\d{4}-\S+Z WARN {2}system \\x1b\[2J\\x1b\]0;owned\\x07done\\r\\n2026/);
  expect(text).toContain('{"why":"\\u001b[2J');
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'content-disposition': 'attachment; filename="logs.log"',
    'x-content-type-options': 'nosniff',
  });
});

test('a line of more than 64 KiB is told by its beginning, in lists and files', async ({ product, db }) => {
  const { ask } = await product({ pipelines: [] });
  await sql`insert into logs (message, metadata) values (repeat('é', 6000000), jsonb_build_object('a', (
              select string_agg(md5(n::text), '') from generate_series(1, 10000) n)))`.execute(db);

  const [line] = LogLine.array().parse(await (await ask('/api/v1/logs')).json());
  const file = await (await ask('/api/v1/logs/download')).text();

  expect(line?.message).toBe(`${'é'.repeat(16_384)}… (12000000 bytes)`);
  expect(line?.metadata).toEqual({ too_long: expect.any(Number) });
  expect(JSON.parse(file)).toEqual(line);
});

test.for([
  ['many lines', 20_000],
  ['lines that are long', 1000],
] as const)(
  'a file of 60 MB of %s takes no more memory than a part of it',
  async ([, lines], { runlog, db }) => {
    await addRun.execute(db);
    await say(lines, sql`repeat('0123456789', ${sql.lit(6_400_000 / lines)})`).execute(db);
    const program = fileURLToPath(new URL('download-program.ts', import.meta.url));
    // A heap that is small is cleared often: what is left is held.
    const small = ['--max-old-space-size=32', '--max-semi-space-size=2'];

    const { stdout } = await execute(process.execPath, [...small, program, runlog, RUN]);

    const { bytes, most } = z.object({ bytes: z.int(), most: z.int() }).parse(JSON.parse(stdout));
    expect(bytes).toBeGreaterThan(60 * MIB);
    expect(most).toBeLessThan(48 * MIB);
  },
);

test('a host that stops breaks a file off, so that it does not look whole', async ({ db }) => {
  await addRun.execute(db);
  await say(3000).execute(db);
  const stop = new AbortController();
  const file = await openLogDownload(
    db,
    { job_run_id: RUN },
    { order: 'asc', place: undefined, format: 'ndjson', limit: undefined, signal: stop.signal },
  );
  const reader = file.getReader();
  await reader.read();

  stop.abort(new Error('the host is stopping'));

  await expect(reader.read()).rejects.toThrow('the host is stopping');
});
