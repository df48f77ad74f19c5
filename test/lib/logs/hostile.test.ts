import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect } from 'vitest';
import { describeError } from '../../../lib/logs/redact.ts';
import { redactLine } from '../../../lib/logs/redact-json.ts';
import { hideLogs, messages, test, written } from './live-run.ts';

const CANARY = 'hunter2hunter2';

/** A driver's error as node-postgres makes it, whose every part tells a value. */
function driverError(): Error {
  const error = new Error(`invalid input syntax for type integer: "${CANARY}"`);
  error.stack = `error: ${CANARY}\n    at parse (postgres://app:${CANARY}@db/prod:1:1)`;
  return Object.assign(error, {
    severity: 'ERROR',
    code: '22P02',
    detail: `Key (x)=(${CANARY})`,
    where: CANARY,
    hint: CANARY,
    cause: new Error(CANARY),
  });
}

const secrets: Record<string, unknown> = {
  password: CANARY,
  dbPassword: 5,
  nested: [{ api_key: CANARY, deep: { authorization: `Basic ${CANARY}` } }],
  dsn: `postgres://app:${CANARY}@db.example/runlog`,
  place: new URL(`https://user:${CANARY}@example.com/x`),
  header: `Authorization: Bearer ${CANARY}`,
  jwt: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ${CANARY}.${CANARY}`,
  pem: `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`,
  pair: `PGPASSWORD=${CANARY} psql`,
  failure: driverError(),
  [`token=${CANARY}`]: 'as a name',
};
const SAID = `to postgres://app:${CANARY}@db with password=${CANARY}, then Bearer ${CANARY}`;

describe('no secret reaches', () => {
  test('the table', async ({ live }) => {
    live.logger.logJob('error', SAID, secrets);
    live.writer.logSystem('error', SAID, secrets);
    await live.writer.close();

    const lines = await written(live.db);
    expect(lines).toHaveLength(2);
    expect(lines[0]?.metadata).toMatchObject({ password: '[hidden]', failure: { code: 'SQL_22P02' } });
    expect(JSON.stringify(lines)).not.toContain(CANARY);
  });

  test('a file beside it', async ({ live, folder }) => {
    const showLogs = await hideLogs(live.db);
    const writer = live.open({ folder });
    writer.jobLogger(live.work.run_id).logJob('error', SAID, secrets);
    await writer.flush();
    const [name = ''] = await readdir(folder);
    const text = await readFile(join(folder, name), 'utf8');
    await showLogs();
    await writer.close();

    expect(text).toContain('[hidden]');
    expect(text).not.toContain(CANARY);
    expect(await messages(live.db)).toHaveLength(1);
  });

  test('stdout', () => {
    const said: string[] = [];
    const log = pino(
      {
        errorKey: 'error',
        serializers: { error: describeError },
        hooks: { streamWrite: redactLine },
      },
      { write: (text: string) => void said.push(text) },
    );
    const { failure, ...rest } = secrets;
    log.error({ error: failure, ...rest }, SAID);
    log.child({ token: CANARY }).info('a child');
    log.info('nothing of it');

    expect(said.map((line) => JSON.parse(line))).toMatchObject([
      { level: 50, password: '[hidden]', error: { code: 'SQL_22P02' } },
      { token: '[hidden]', msg: 'a child' },
      { msg: 'nothing of it' },
    ]);
    expect(said.every((line) => line.endsWith('}\n'))).toBe(true);
    expect(said.join('')).not.toContain(CANARY);
  });
});

describe('a hostile line', () => {
  const hostile = {
    'ANSI escapes': '\u001b[2J\u001b]0;title\u0007\u001b]8;;http://evil\u001b\\',
    'bidi overrides': 'abc\u202e\u2066cba',
    'zero width': 'a\u200bb\ufeffc',
    'a forged record': 'ok\r\n{"level":"error","message":"forged"}\n2026-01-01 ERROR forged',
    'line separators': 'a\u2028b\u2029c',
    'what SQL would end': `'); drop table logs; --`,
    'an array of PostgreSQL': '{"a",NULL,\\"b\\"}',
    backslashes: '\\x00 \\n \\u0000 \\',
  };

  test('is one record as it came, in the table and through a file', async ({ live, folder }) => {
    const showLogs = await hideLogs(live.db);
    const writer = live.open({ folder });
    for (const message of Object.values(hostile)) writer.logSystem('info', message, { said: message });
    await writer.flush();
    await showLogs();
    await writer.close();
    for (const message of Object.values(hostile)) live.writer.logSystem('info', message, { said: message });
    await live.writer.close();

    const lines = await written(live.db);
    const expected = Object.values(hostile);
    expect(lines.map(({ message }) => message)).toEqual([...expected, ...expected]);
    expect(lines.map(({ metadata }) => metadata?.said)).toEqual([...expected, ...expected]);
  });

  test('that cannot be stored as it is says so', async ({ live }) => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const twice = { a: {} };
    for (let i = 0, at: Record<string, unknown> = twice; i < 30; i++) {
      const next = {};
      Object.assign(at, { a: next, b: next });
      at = next;
    }
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    const strange: Record<string, unknown>[] = [
      { nul: '\0', half: '\ud800' },
      { big: 1n },
      cycle,
      twice,
      proxy,
    ];
    for (const metadata of strange) live.logger.logJob('info', 'NUL \0 and half \udc00', metadata);
    live.logger.logJob('info', 'x'.repeat(10_000_000));
    live.logger.logJob('info', 'long metadata', {
      text: Array.from({ length: 9 }, () => 'x'.repeat(16_000)),
    });
    live.logger.logJob('info', 'many', {
      bytes: Buffer.alloc(10_000_000),
      list: new Array(1_000_000).fill(0),
    });
    live.logger.logJob('info', 'last');
    await live.writer.close();

    const lines = await written(live.db);
    expect(live.onTrouble).not.toHaveBeenCalled();
    expect(lines).toHaveLength(strange.length + 4);
    expect(lines[0]?.message).toBe('NUL \u2400 and half \ufffd');
    expect(lines[0]?.metadata).toEqual({ nul: '\u2400', half: '\ufffd' });
    expect(lines[4]?.metadata).toEqual({ unreadable: true });
    expect(lines.at(-4)?.message).toMatch(/^x{16384} … \[cut: there were 10000000 characters\]$/);
    expect(lines.at(-3)?.metadata).toEqual({ cut: expect.stringMatching(/^there were \d+ characters$/) });
    expect(lines.at(-2)?.metadata).toMatchObject({ bytes: '[10000000 bytes]' });
    expect(lines.at(-1)?.message).toBe('last');
  });
});
