import { expect, test } from 'vitest';
import { problem, RUN_ID, shownRun, shownWork, waitingRun } from './answers.ts';
import { kubescribe, serve } from './command.ts';

const started = shownRun({ status: 'STARTED', finished_at: null, duration_ms: null });
const OTHER = '0192f3c4-5d6e-7f80-9123-000000000002';

test('cancel says what became of the run, and why it cannot end yet', async () => {
  const blocked = {
    ...started,
    work: shownWork({ cancel_at: '2026-11-21T08:00:00Z', blocked_why: 'the report is \u001b[31maway' }),
  };
  const course = [
    { status: 202, json: started },
    { json: shownRun({ status: 'CANCELLED' }) },
    { json: waitingRun({ state: 'cancelled' }) },
    { status: 202, json: blocked },
  ];
  const { url, asked } = await serve((_, nth) => course[nth] ?? {});
  const cancel = ['cancel', RUN_ID, '--why', 'wrong day', '--url', url];

  const answers = [];
  for (const _ of course) answers.push(await kubescribe(cancel));

  expect(answers.map(({ code, stdout }) => [code, stdout])).toEqual([
    [0, `Run ${RUN_ID} of market-bars: is being cancelled\n`],
    [0, `Run ${RUN_ID} of market-bars: CANCELLED\n`],
    [0, `Run ${RUN_ID} of market-bars: cancelled\n`],
    [0, `Run ${RUN_ID} of market-bars: is being cancelled\n`],
  ]);
  expect(answers[3]?.stderr).toContain('It cannot end yet: the report is \\x1b[31maway.\n');
  expect(asked[0]).toMatchObject({ method: 'POST', url: `/runs/${RUN_ID}/cancel` });
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ why: 'wrong day' });
});

test('cancel -o json prints the answer; an ended run is an error', async () => {
  const { url } = await serve((_, nth) =>
    nth === 0
      ? { json: started }
      : problem(409, 'Not possible for this run', 'Run x has ended (SUCCESS) and cannot be cancelled.'),
  );

  const json = await kubescribe(['cancel', RUN_ID, '--url', url, '-o', 'json']);
  const ended = await kubescribe(['cancel', RUN_ID, '--url', url]);

  expect(JSON.parse(json.stdout)).toEqual(started);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain('has ended (SUCCESS)');
});

test('replay asks for the run again, from the failed task when that is wanted, and waits', async () => {
  const { url, asked } = await serve(() => ({ status: 202, json: shownRun({ run_id: OTHER }) }));
  const replay = ['replay', RUN_ID, '--url', url];

  const whole = await kubescribe([...replay, '--params', '{"days":3}', '--why', 'late']);
  const rest = await kubescribe([...replay, '--from-failed', '--wait']);

  expect(whole).toMatchObject({ code: 0, stdout: `Run ${OTHER} of market-bars: SUCCESS\n` });
  expect(rest).toMatchObject({ code: 0, stdout: expect.stringMatching(/SUCCESS {2}after 12\.3 s/) });
  expect(asked.map(({ url, body }) => [url, JSON.parse(body)])).toEqual([
    [`/runs/${RUN_ID}/replay`, { params: { days: 3 }, why: 'late' }],
    [`/runs/${RUN_ID}/resume`, {}],
  ]);
});

test.for([
  ['replay', 'nonsense'],
  ['cancel', 'market-bars'],
  ['replay', RUN_ID, '--from-failed', '--params', '{}'],
  ['replay', RUN_ID, '--timeout', '3'],
])('%s %s %s is a usage error', async (args) => {
  expect(await kubescribe([...args, '--url', 'http://127.0.0.1:1'])).toMatchObject({ code: 2, stdout: '' });
});

test('a run tells what it replays, from where, and by what it was replayed', async () => {
  const request = { ...shownRun().request, replay_of: OTHER, resumed_from: { run_id: OTHER, task: 'days' } };
  const work = shownWork({ cancel_at: '2026-11-21T08:00:00Z', cancel_by: 'ada', cancel_why: 'wrong day' });
  const { url } = await serve(() => ({
    json: {
      ...started,
      request: { ...request, requested_by: 'ada', wish_why: 'mended' },
      work,
      replays: [RUN_ID],
    },
  }));

  const { stdout } = await kubescribe(['run', RUN_ID, '--url', url]);

  expect(stdout).toMatch(new RegExp(`^replay of +${OTHER}, from its task days on$`, 'm'));
  expect(stdout).toMatch(new RegExp(`^replayed by +${RUN_ID}$`, 'm'));
  expect(stdout).toMatch(/^requested +2026-11-21 08:00:00Z by ada: mended$/m);
  expect(stdout).toContain('cancel asked for at 2026-11-21 08:00:00Z by ada: wrong day');
});
