import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { capturing } from '../../../lib/logs/capture.ts';
import { describeError } from '../../../lib/logs/redact.ts';
import type { LogWriter } from '../../../lib/logs/writer.ts';

/** A log whose lines go to stdout and, as they are taken there, to a writer. */
function captured(writer: Partial<LogWriter> = {}) {
  const kept: unknown[][] = [];
  const stdout: string[] = [];
  const logs = {
    logSystem: (...line: unknown[]) => void kept.push(['system', ...line]),
    jobLogger: (...of: unknown[]) => ({
      logJob: (...line: unknown[]) => void kept.push(['job', ...of, ...line]),
      logTask: (...line: unknown[]) => void kept.push(['task', ...of, ...line]),
      close: async () => {},
    }),
    ...writer,
  } as LogWriter;
  const out = { write: (text: string) => void stdout.push(text) };
  const options = {
    level: 'trace',
    base: { service: 'sweep' },
    errorKey: 'error',
    serializers: { error: describeError },
  };
  return {
    log: pino(
      options,
      capturing(out, () => logs),
    ),
    kept,
    stdout,
  };
}

test('each level has its own, and the lines on stdout stay what they were', () => {
  const { log, kept, stdout } = captured();

  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)
    log[level]({ a: 1 }, level);

  expect(kept.map(([, level, message]) => `${message}: ${level}`)).toEqual([
    'trace: debug',
    'debug: debug',
    'info: info',
    'warn: warn',
    'error: error',
    'fatal: error',
  ]);
  expect(kept[0]).toEqual(['system', 'debug', 'trace', { service: 'sweep', a: 1 }]);
  expect(stdout.map((text) => JSON.parse(text))).toMatchObject(
    [10, 20, 30, 40, 50, 60].map((level) => ({ level, service: 'sweep', a: 1, time: expect.any(Number) })),
  );
});

test('a line that names a run is of it, one that names its task too of the task', () => {
  const { log, kept } = captured();
  const [run, task_run] = [randomUUID(), randomUUID()];

  log.child({ run, attempt: 2, epoch: 7 }).info('slice begins');
  log.child({ run }).warn('cannot be ended yet');
  log.child({ run, task_run }).info('of a task');
  log.child({ run: 'no run', task_run }).info('of nobody');

  expect(kept).toEqual([
    ['job', run, { attempt: 2, epoch: 7 }, 'info', 'slice begins', { service: 'sweep' }],
    ['job', run, undefined, 'warn', 'cannot be ended yet', { service: 'sweep' }],
    ['task', run, undefined, task_run, 'info', 'of a task', 'system', { service: 'sweep' }],
    ['system', 'info', 'of nobody', expect.objectContaining({ run: 'no run', task_run })],
  ]);
});

test('an error comes without the values of rows', () => {
  const { log, kept } = captured();
  const error = Object.assign(new Error('duplicate key'), {
    severity: 'ERROR',
    code: '23505',
    detail: 'Key (a)=(1)',
  });

  log.error({ error }, 'not written');

  const [, level, message, metadata] = kept[0]!;
  expect([level, message]).toEqual(['error', 'not written']);
  expect(metadata).toMatchObject({ error: { code: 'SQL_23505', message: 'duplicate key' } });
  expect(JSON.stringify(metadata)).not.toContain('(a)');
});

test('whatever goes wrong with the copy, the line is on stdout and nobody is harmed', () => {
  const fail = () => {
    throw new Error('no table');
  };
  const { log, stdout } = captured({ logSystem: fail, jobLogger: fail });

  log.info('one');
  log.child({ run: randomUUID() }).info('two');

  expect(stdout.map((text) => JSON.parse(text).msg)).toEqual(['one', 'two']);
});
