import { expect } from 'vitest';
import { test } from '../setup/fixtures.ts';
import { folder, kubescribe, nowhere, serve } from './command.ts';
import { changed, doctor, mailServer } from './examine.ts';

test('a set-up that is right ends with 0, each thing looked at on a line', async ({
  runlog,
  report,
  prod,
}) => {
  const [server, broker, smtp] = await Promise.all([
    serve(() => ({ json: [] })),
    serve(() => ({})),
    mailServer(),
  ]);
  const migrated = await kubescribe(['migrate'], { env: { RUNLOG_DB_URL: runlog } });
  expect(migrated).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Wrote the schedule of market-bars'),
  });
  const env = {
    RUNLOG_DB_URL: runlog,
    REPORT_DB_URL: report,
    PROD_DB_URL: prod,
    K_SINK: broker.url,
    SMTP_URL: smtp,
    NOTIFY_TO: 'oncall@example.com',
  };

  const { code, stdout } = await kubescribe(['doctor', '--url', server.url], { env });

  // The tests' own login may everything, and is told so.
  const expected = /^\w+ +(Packages|.* more than a function needs|.*no backup was)/;
  const told = stdout.split('\n').filter((line) => /^(warn|fail) /.test(line) && !expected.test(line));
  expect(told).toEqual([]);
  expect(code).toBe(0);
  for (const what of [
    /Node 24\./,
    /Data folder/,
    /RunLog: PostgreSQL 18\./,
    /RunLog: \d+ migrations applied/,
  ]) {
    expect(stdout).toMatch(what);
  }
  for (const what of [
    /schema kubescribe: \d+ migrations/,
    /(\d+) of \1 tables can be read/,
    /Clocks/,
    /time zone UTC/,
    /Pipelines: /,
  ]) {
    expect(stdout).toMatch(what);
  }
  expect(stdout).toContain(`ok    KubeScribe answers at ${server.url}\n`);
  expect(stdout).toContain(`ok    Broker answers at ${broker.url}\n`);
  expect(stdout).toContain(`ok    Mail server answers at ${new URL(smtp).host}\n`);
  expect(broker.asked.map(({ method }) => method)).toEqual(['OPTIONS']);
});

test('nothing set and nothing started is no failure, but each says how to begin', async () => {
  const { code, findings } = await doctor({ KUBESCRIBE_PIPELINES: '' });

  expect(code).toBe(0);
  expect(findings.filter(({ level }) => level === 'warn').map(({ mend }) => mend)).toEqual([
    '`make run`, or set RUNLOG_DB_URL',
    '`make run`, or set REPORT_DB_URL',
    '`make run`, or set PROD_DB_URL',
    '`make run`, or give --url',
    '`make run`, or set K_SINK',
    'set SMTP_URL and NOTIFY_TO',
  ]);
});

test('what make run left behind when it died is a failure that says so', async () => {
  const away = await nowhere();
  const databases = { runlog: `postgresql://kubescribe:word@${away}/runlog` };
  const local = {
    url: `http://${away}`,
    broker: `http://${away}/broker`,
    smtp: `smtp://${away}`,
    databases,
  };
  const home = folder({ 'local.json': JSON.stringify(local) });

  const { failing } = await doctor({ KUBESCRIBE_HOME: home });

  expect(failing.map(({ what }) => what)).toEqual([
    `RunLog: nothing answers at ${away}/runlog (ECONNREFUSED)`,
    `Nothing answers at http://${away} (ECONNREFUSED)`,
    `Broker: nothing answers at http://${away}/broker (ECONNREFUSED)`,
    `Mail: no mail server answers at ${away} (ECONNREFUSED)`,
  ]);
  expect(failing.every(({ mend }) => mend?.includes('make run'))).toBe(true);
});

test('a Broker and a mail server that are not where they should be are failures', async () => {
  const [broker, smtp, away] = await Promise.all([serve(() => ({ status: 404 })), mailServer(), nowhere()]);
  const wrong = changed(smtp, (url) => {
    url.username = 'u';
    url.password = 'secret-word';
  });

  const first = await doctor({ K_SINK: broker.url, SMTP_URL: wrong, NOTIFY_TO: 'a@b.c' });
  const second = await doctor({ SMTP_URL: `smtp://${away}`, NOTIFY_TO: 'a@b.c' });

  expect(first.failing.map(({ what }) => what)).toEqual([
    `Broker: ${broker.url} is not served there (404)`,
    `Mail: ${new URL(smtp).host} refuses the user or its password`,
  ]);
  expect(second.failing).toMatchObject([{ what: `Mail: no mail server answers at ${away} (ECONNREFUSED)` }]);
});

test('wrong settings are one failure, and nothing is guessed from the rest', async () => {
  const { code, findings } = await doctor({ PROD_DB_URL: 'mysql://x' });

  expect(code).toBe(1);
  expect(findings.at(-1)).toMatchObject({
    level: 'fail',
    what: 'Wrong settings: PROD_DB_URL is no PostgreSQL URL (it begins postgres:// or postgresql://).',
  });
});
