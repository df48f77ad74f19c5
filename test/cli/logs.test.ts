import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logServer, RUN_ID } from '../client/log-server.ts';
import { shownRun, shownTask } from './answers.ts';
import { folder, kubescribe, serve } from './command.ts';

const task = shownTask({ name: 'bars' });
const run = shownRun({ tasks: [task] });

test('the log of a run is printed whole, with the names of its tasks', async () => {
  const line = { task_run_id: task.id, type: 'task', level: 'warn', metadata: { rows: 3 } };
  const { url, asked } = await logServer({ last: 2, run, line });

  const { code, stdout, stderr } = await kubescribe(['logs', RUN_ID, '--url', url]);

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(
    '2026-11-21 08:00:00.100Z  warn   bars  line 1  {"rows":3}\n' +
      '2026-11-21 08:00:00.200Z  warn   bars  line 2  {"rows":3}\n',
  );
  expect(asked).toContain(`/api/v1/logs/download?job_run_id=${RUN_ID}`);
});

test('what is looked for is asked of the server', async () => {
  const { url, asked } = await logServer({ last: 1, run });
  const sought = ['--level', 'warn,error', '--min-level', 'info', '--grep', 'to+k', '--task', 'bars'];

  await kubescribe(['logs', RUN_ID, ...sought, '--since', '2026-11-21T08:00:00Z', '--url', url]);

  const { searchParams } = new URL(asked.at(-1) ?? '', url);
  expect(Object.fromEntries(searchParams)).toEqual({
    job_run_id: RUN_ID,
    task_run_id: task.id,
    level: 'warn,error',
    min_level: 'info',
    regex: 'to+k',
    from: '2026-11-21T08:00:00.000Z',
  });
});

test('of everything, or of the system, the last lines are printed in their order', async () => {
  const { url, asked } = await logServer({ last: 5 });

  const { stdout } = await kubescribe(['logs', '--system', '--tail', '2', '--url', url]);
  const json = await kubescribe(['logs', '--tail', '1', '--url', url, '-o', 'json']);

  expect(stdout.match(/line \d/g)).toEqual(['line 4', 'line 5']);
  expect(asked[0]).toBe('/api/v1/logs/download?type=system&order=desc&limit=2');
  expect(JSON.parse(json.stdout)).toMatchObject({ id: 5, message: 'line 5' });
});

test('a hostile line can neither act nor pass for another', async () => {
  const message = '\u001b[2Jgone\n2026-11-21 08:00:00.000Z  info   forged\r\u202e';
  const { url } = await logServer({ last: 1, line: { message, job_run_id: null, type: 'system' } });

  const { stdout } = await kubescribe(['logs', '--url', url]);

  expect(stdout).toBe(
    '2026-11-21 08:00:00.100Z  info   system  \\x1b[2Jgone\n    │ 2026-11-21 08:00:00.000Z  info   forged\\r\\u202e\n',
  );
});

test.for([
  ['SUCCESS', 0],
  ['ERROR', 1],
] as const)('-f goes on through cuts and ends with the run: %s ends with %i', async ([status, exit]) => {
  const { url } = await logServer({
    last: 60,
    run: shownRun({ status: 'STARTED' }),
    stream(connection, nth) {
      const { after = 0 } = connection;
      connection.tell(after + 1, Math.min(60, after + 20));
      if (after >= 40) connection.end(status);
      else if (nth === 0) connection.cut();
      else connection.close();
    },
  });

  const { code, stdout, stderr } = await kubescribe(['logs', RUN_ID, '-f', '--url', url]);

  expect(code).toBe(exit);
  expect(stdout.match(/line \d+/g)).toEqual(Array.from({ length: 60 }, (_, i) => `line ${i + 1}`));
  expect(stderr).toContain(`Run ${RUN_ID} has ended: ${status}.`);
});

test('Ctrl-C ends -f without a word of complaint', async () => {
  const { url } = await logServer({ last: 2, stream: ({ tell }) => tell(1, 2) });
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../cli/kubescribe.ts'), 'logs', '-f', '--url', url],
    {
      env: { PATH: process.env.PATH, KUBESCRIBE_HOME: folder() },
    },
  );
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });

  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const [code, signal] = await once(child, 'exit');

  expect({ code, signal, stderr }).toEqual({ code: 130, signal: null, stderr: '' });
});

test.for([
  [['--task', 'bars'], '--task goes with a run'],
  [[RUN_ID, '--system'], 'not both'],
  [['-f', '--tail', '3'], '--tail does not go with --follow'],
  [['--since', 'yesterday'], 'Give a time such as'],
  [['--level', 'loud'], 'Of debug, info, warn, error'],
] as const)('%j is refused', async ([args, said]) => {
  const { code, stderr } = await kubescribe(['logs', ...args]);

  expect(code).toBe(2);
  expect(stderr).toContain(said);
});

test('a task that began meanwhile is known by what it says', async () => {
  const line = { task_run_id: '0192f3c4-5d6e-7f80-9123-0000000000aa', metadata: { task_name: 'days' } };
  const { url } = await logServer({ last: 1, run, line });

  const { stdout } = await kubescribe(['logs', RUN_ID, '--url', url]);

  expect(stdout).toContain('info   days  line 1');
});

test('a pipeline that never ran is told', async () => {
  const { url } = await serve(() => ({ json: [] }));

  const { code, stderr } = await kubescribe(['logs', 'market-bars', '--url', url]);

  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'error: “market-bars” is no id, and no pipeline of that name has run.\n',
  });
});

test('a run without such a task, and a server without lines, are told', async () => {
  const { url } = await logServer({ last: 0, run });

  const other = await kubescribe(['logs', RUN_ID, '--task', 'quotes', '--url', url]);
  const none = await kubescribe(['logs', '--url', url]);

  expect(other).toMatchObject({ code: 1, stderr: 'error: The run has no task “quotes”. It has: bars.\n' });
  expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'No lines.\n' });
});
