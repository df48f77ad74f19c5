import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { DROP_DAYS } from '../setup/drop-days.ts';
import { expect, type Product, test } from '../setup/product.ts';
import { idle, pipelineOf } from '../work/pipeline-of.ts';

const NDJSON = 'application/x-ndjson';
const sample = { pipelines: [pipelineOf(idle)] };

type Answer = { lines: number; written: number; refused: { line: number; reason: string }[] };

const send = (made: Product, body: string | Uint8Array<ArrayBuffer>, type = NDJSON) =>
  made.ask('/api/v1/logs', { method: 'POST', headers: { 'content-type': type }, body });

/** Sends lines and expects that they are read; what became of each. */
async function write(made: Product, ...lines: (object | string | Uint8Array)[]): Promise<Answer> {
  const feed = Buffer.from('\n');
  const parts = lines.flatMap((line) => [
    Buffer.from(typeof line === 'string' || line instanceof Uint8Array ? line : JSON.stringify(line)),
    feed,
  ]);
  const answer = await send(made, Buffer.concat(parts));
  expect(answer.status).toBe(200);
  return (await answer.json()) as Answer;
}

const kept = async (ledger: Client) =>
  (
    await ledger.query(
      `select * from logs where message !~ '^(Job|Task|Health|Server|Database) ' order by id`,
    )
  ).rows;

/** A run that another program recorded. */
const foreignRun = async (ledger: Client): Promise<string> =>
  (await ledger.query(`insert into run_log (component) values ('core-runner') returning run_id`)).rows[0]
    .run_id;

test('lines of all types are kept as they were sent, in their order', async ({
  product,
  connect,
  runlog,
}) => {
  const made = await product(sample);
  const ledger = await connect(runlog);
  const { run_id } = await made.start('sample');
  const { rows } = await ledger.query('select id from task_runs where run_id = $1', [run_id]);
  const at = (await ledger.query(`select clock() - interval '1 hour' as at`)).rows[0].at;

  const answer = await write(
    made,
    { message: 'feed is up' },
    { type: 'job', job_run_id: run_id, level: 'warn', stream: 'stderr', message: 'late', timestamp: at },
    '',
    { type: 'task', job_run_id: run_id, task_run_id: rows[0].id, message: 'row 7', metadata: { row: 7 } },
  );

  expect(answer).toEqual({ lines: 3, written: 3, refused: [] });
  expect(await kept(ledger)).toMatchObject([
    { type: 'system', level: 'info', stream: 'system', message: 'feed is up', metadata: null },
    { type: 'job', job_run_id: run_id, level: 'warn', stream: 'stderr', message: 'late', attempt: null },
    { type: 'task', task_run_id: rows[0].id, message: 'row 7', metadata: { row: 7 }, epoch: null },
  ]);
  const said = await ledger.query(
    `select timestamp at time zone 'UTC' = $1 as same from logs where message = 'late'`,
    [at],
  );
  expect(said.rows).toEqual([{ same: true }]);
});

test('each line stands for itself: what is wrong with one is told, the others are kept', async ({
  product,
  connect,
  runlog,
}) => {
  const made = await product(sample);
  const ledger = await connect(runlog);
  const runId = await foreignRun(ledger);
  const other = await foreignRun(ledger);
  const { run_id } = await made.start('sample');
  const { rows } = await ledger.query('select id from task_runs where run_id = $1', [run_id]);
  const taskId = rows[0].id;
  const nobody = randomUUID();

  const { lines, written, refused } = await write(
    made,
    { type: 'job', job_run_id: runId, message: 'of a foreign run' },
    { type: 'job', job_run_id: nobody, message: 'x' },
    { type: 'task', job_run_id: other, task_run_id: taskId, message: 'x' },
    { job_run_id: runId, message: 'x' },
    { type: 'job', message: 'x' },
    { type: 'job', job_run_id: runId, task_run_id: taskId, message: 'x' },
    { type: 'task', job_run_id: run_id, message: 'x' },
    { message: '' },
    { level: 'fatal', message: 'x' },
    { message: 'x', attempt: 1 },
    { message: 'x', timestamp: '2001-01-01T00:00:00Z' },
    { message: 'x', timestamp: '2001-01-01 00:00:00' },
    { message: 'x', timestamp: new Date(Date.now() + 600_000).toISOString() },
    { message: 'x', metadata: [1] },
    { message: 'x'.repeat(16 * 1024 + 1) },
    { message: 'x', metadata: { much: 'x'.repeat(64 * 1024) } },
    '{"message":',
    '"a text"',
    new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]),
    { message: 'the last' },
  );

  expect({ lines, written }).toEqual({ lines: 20, written: 2 });
  expect(refused.map(({ line }) => line)).toEqual(Array.from({ length: 18 }, (_, i) => i + 2));
  const reasons = refused.map(({ reason }) => reason);
  expect(reasons.slice(0, 6)).toEqual([
    `There is no run ${nobody}.`,
    `Run ${other} has no task ${taskId}.`,
    'A line of type system has no job_run_id and no task_run_id.',
    'A line of type job needs a job_run_id.',
    'A line of type job has no task_run_id.',
    'A line of type task needs a task_run_id.',
  ]);
  expect(reasons.slice(6, 9)).toEqual([
    expect.stringMatching(/^message: /),
    expect.stringMatching(/^level: /),
    expect.stringMatching(/attempt/),
  ]);
  expect(reasons.slice(9, 12)).toEqual([
    'timestamp: lines of 2001-01-01 are not kept.',
    expect.stringMatching(/^timestamp: /),
    'timestamp: it is more than 5 minutes ahead.',
  ]);
  expect(reasons.slice(12)).toEqual([
    expect.stringMatching(/^metadata: /),
    expect.stringMatching(/^message: /),
    'metadata: it has 65547 characters as JSON, and 65536 are the most.',
    'It is no JSON.',
    expect.stringMatching(/object/),
    'It is no UTF-8.',
  ]);
  expect((await kept(ledger)).map(({ message }) => message)).toEqual(['of a foreign run', 'the last']);
});

test('secrets are hidden, and nothing that a line holds makes another one of it', async ({
  product,
  connect,
  runlog,
}) => {
  const made = await product(sample);
  const hostile = [
    {
      message: 'to postgres://feed:canary-1@h/db, Authorization: Bearer canary-2',
      metadata: { password: 'canary-3' },
    },
    { message: 'a\r\n2026-11-21 ERROR forged\n{"message":"forged"}' },
    { message: '\u001b[2J\u001b]0;owned\u0007 \u202egnp.exe' },
    '{"message":"NUL \\u0000 and half \\ud800","metadata":{"\\u0000":"\\udc00"}}',
    `{"message":"deep","metadata":{"a":${'['.repeat(5000)}${']'.repeat(5000)}}}`,
    '{"message":"proto","metadata":{"__proto__":{"admin":true},"constructor":1}}',
  ];

  const answer = await write(made, ...hostile);

  expect(answer).toEqual({
    lines: 6,
    written: 5,
    refused: [{ line: 5, reason: 'metadata: it has more than 32 levels, one in another.' }],
  });
  const lines = await kept(await connect(runlog));
  expect(lines).toHaveLength(5);
  expect(JSON.stringify(lines)).not.toContain('canary');
  expect(lines[0].metadata).toEqual({ password: '[hidden]' });
  expect(lines[1].message).toBe('a\r\n2026-11-21 ERROR forged\n{"message":"forged"}');
  expect(lines[3].message).toBe('NUL \u2400 and half \ufffd');
});

test('a body that is no NDJSON, too large or of too many lines is refused whole', async ({
  product,
  connect,
  runlog,
}) => {
  const made = await product(sample);
  const line = '{"message":"x"}\n';

  const answers = [
    await send(made, line, 'application/json'),
    await send(made, line, 'text/plain'),
    await send(made, line.repeat(5001)),
    await send(made, `{"message":"${'x'.repeat(1024 * 1024)}"}`),
  ];

  expect(answers.map(({ status }) => status)).toEqual([415, 415, 413, 413]);
  expect(answers[0]?.headers.get('accept')).toBe(NDJSON);
  expect(await kept(await connect(runlog))).toEqual([]);
});

test('nothing to write is nothing written, and what is sent twice is there twice', async ({
  product,
  connect,
  runlog,
}) => {
  const made = await product(sample);

  expect(await (await send(made, '\n \r\n')).json()).toEqual({ lines: 0, written: 0, refused: [] });
  await write(made, { message: 'again' });
  await write(made, { message: 'again' });

  expect(await kept(await connect(runlog))).toHaveLength(2);
});

test('as many lines as may be are kept in their order, also on a day that has no partition yet', async ({
  product,
  connect,
  runlog,
}) => {
  const made = await product(sample);
  const ledger = await connect(runlog);
  await ledger.query(DROP_DAYS);
  const lines = Array.from({ length: 5000 }, (_, i) => ({ message: `line ${i}` }));

  const { written } = await write(made, ...lines);

  expect(written).toBe(5000);
  expect((await kept(ledger)).map(({ message }) => message)).toEqual(lines.map(({ message }) => message));
});
