import { expect, test } from 'vitest';
import { problem, RUN_ID, shownRun, shownTask, waitingRun } from './answers.ts';
import { kubescribe, serve } from './command.ts';

const started = shownRun({ status: 'STARTED', finished_at: null, duration_ms: null });
const accepted = { status: 202, json: started };

test('a run is asked for as by a person, and its id printed', async () => {
  const { url, asked } = await serve(() => accepted);

  const { code, stdout, stderr } = await kubescribe([
    'trigger',
    'market-bars',
    '--params',
    '{"days": 3}',
    '--url',
    url,
  ]);

  expect(code).toBe(0);
  expect(stdout).toBe(`Run ${RUN_ID} of market-bars: STARTED\n`);
  expect(stderr).toContain(`npx kubescribe run ${RUN_ID}`);
  expect(asked).toMatchObject([
    { method: 'POST', url: '/runs/trigger', headers: { 'x-kubescribe-client': 'cli' } },
  ]);
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ pipeline: 'market-bars', params: { days: 3 } });
});

test('without a name the server chooses the pipeline', async () => {
  const { url, asked } = await serve(() => accepted);

  const { stdout } = await kubescribe(['trigger', '--url', url, '-o', 'json']);

  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({});
  expect(JSON.parse(stdout)).toEqual(started);
});

test('--wait tells what changes and ends with 0 when the run succeeded', async () => {
  const at = (done: number) => ({
    ...started,
    tasks: [shownTask({ status: 'STARTED', progress: { done, of: 100 } })],
  });
  const course = [waitingRun(), started, at(10), at(10), at(60), shownRun({ tasks: [shownTask()] })];
  const { url } = await serve((_, nth) => ({ json: course[Math.min(nth, course.length - 1)] }));

  const { code, stdout } = await kubescribe(['trigger', '--wait', '--url', url]);

  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\dZ {2}/, ''))).toEqual([
    `market-bars ${RUN_ID}  waiting`,
    `market-bars ${RUN_ID}  STARTED`,
    '  bars  STARTED  10 of 100 (10 %)',
    '  bars  STARTED  60 of 100 (60 %)',
    '  bars  SUCCESS  read 1210, written 1200, deduped 7, rejected 3',
    `market-bars ${RUN_ID}  SUCCESS  after 12.3 s`,
    '',
  ]);
});

test.each(['ERROR', 'CANCELLED', 'TIMEOUT'])(
  '--wait ends with 1 when the run ended as %s',
  async (status) => {
    const { url } = await serve((_, nth) =>
      nth === 0 ? accepted : { json: shownRun({ status, error_code: 'E', error_message: 'broke' }) },
    );

    const { code, stdout, stderr } = await kubescribe(['trigger', '--wait', '--url', url]);

    expect(code).toBe(1);
    expect(stdout).toContain(`${status}  after 12.3 s  E: broke\n`);
    expect(stderr).toBe(`More of it: npx kubescribe run ${RUN_ID}\n`);
  },
);

test('--wait -o json prints the last answer alone on stdout', async () => {
  const ended = shownRun({ status: 'ERROR' });
  const { url } = await serve((_, nth) => (nth === 0 ? accepted : { json: ended }));

  const { code, stdout, stderr } = await kubescribe(['trigger', '--wait', '--url', url, '-o', 'json']);

  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual(ended);
  expect(stderr).toContain('ERROR');
});

test('--wait ends with 1 when the request ended without a run', async () => {
  const replaced = waitingRun({ state: 'replaced', why: 'run x took its place' });
  const { url } = await serve((_, nth) => ({ json: nth === 0 ? waitingRun() : replaced }));

  const { code, stdout } = await kubescribe(['trigger', '--wait', '--url', url]);

  expect(code).toBe(1);
  expect(stdout).toContain('replaced: run x took its place');
});

test('--wait --timeout gives up with 1 while the run goes on', async () => {
  const { url } = await serve(() => ({ json: started }));

  const { code, stderr } = await kubescribe(['trigger', '--wait', '--timeout', '0.3', '--url', url]);

  expect(code).toBe(1);
  expect(stderr).toBe(`error: Run ${RUN_ID} has not ended within 0.3 s; it goes on.\n`);
});

test('--wait sits out a server that is away for a moment, and says so', async () => {
  const { url } = await serve((_, nth) =>
    nth === 0 ? accepted : nth === 1 ? problem(503, 'Try again', 'RunLog is away.') : { json: shownRun() },
  );

  const { code, stderr } = await kubescribe(['trigger', '--wait', '--url', url]);

  expect(code).toBe(0);
  expect(stderr).toContain('Try again: RunLog is away. Still trying.');
});

test('a refused run shows the live one by its id alone and ends with 1', async () => {
  const { url, asked } = await serve(({ method }) =>
    method === 'GET'
      ? { json: started }
      : problem(409, 'Run skipped', '"market-bars" was not started: busy.', {
          live_run: `http://elsewhere.example/runs/${RUN_ID}`,
        }),
  );

  const table = await kubescribe(['trigger', '--url', url]);
  const json = await kubescribe(['trigger', '--url', url, '-o', 'json']);

  expect([table.code, json.code]).toEqual([1, 1]);
  expect(table.stderr).toBe('error: Run skipped: "market-bars" was not started: busy.\n');
  expect(table.stdout).toMatch(new RegExp(`^run +${RUN_ID}$`, 'm'));
  expect(JSON.parse(json.stdout)).toEqual(started);
  expect(asked.map((request) => request.url)).toContain(`/runs/${RUN_ID}`);
});

test('wrong params are told with their places', async () => {
  const { url } = await serve(() =>
    problem(400, 'Bad request', 'The params do not fit "market-bars".', {
      errors: [{ pointer: '/params/days', detail: 'expected a number' }],
    }),
  );

  const { code, stderr } = await kubescribe([
    'trigger',
    'market-bars',
    '--params',
    '{"days":"x"}',
    '--url',
    url,
  ]);

  expect(code).toBe(1);
  expect(stderr).toBe(
    'error: Bad request: The params do not fit "market-bars". /params/days expected a number\n',
  );
});
