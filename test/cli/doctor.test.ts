import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { checkHome, checkNode, checkPackages } from '../../cli/doctor/ground.ts';
import { checkPipelines } from '../../cli/doctor/schedules.ts';
import { loadConfig } from '../../lib/config.ts';
import { test, testOn16 } from '../setup/fixtures.ts';
import { folder, kubescribe, nowhere, serve } from './command.ts';

const Report = z.object({
  ok: z.boolean(),
  findings: z.array(z.object({ level: z.string(), what: z.string(), mend: z.string().optional() })),
});

/** What the doctor finds; the pipeline that it is shown has no schedule, unless a test says otherwise. */
async function doctor(env: Record<string, string>) {
  const quiet = { KUBESCRIBE_PIPELINES: folder({ 'a.ts': pipelineFile('a') }) };
  const { code, stdout } = await kubescribe(['doctor', '-o', 'json'], { env: { ...quiet, ...env } });
  const { ok, findings } = Report.parse(JSON.parse(stdout));
  expect(ok).toBe(code === 0);
  const failing = findings.filter(({ level }) => level === 'fail');
  return { code, findings, failing };
}

const changed = (url: string, change: (url: URL) => void) => {
  const other = new URL(url);
  change(other);
  return other.href;
};

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

  expect(stdout).not.toMatch(/^(warn|fail) /m);
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

test('a wrong user, an unknown database and an absent server are told apart, without passwords', async ({
  runlog,
}) => {
  const away = await nowhere();

  const { code, failing, findings } = await doctor({
    RUNLOG_DB_URL: changed(runlog, (url) => {
      url.username = 'nobody';
      url.password = 'secret-word';
    }),
    REPORT_DB_URL: changed(runlog, (url) => {
      url.pathname = '/no_such';
    }),
    PROD_DB_URL: `postgresql://u:secret-word@${away}/prod`,
  });

  const { host, pathname } = new URL(runlog);
  expect(code).toBe(1);
  expect(failing.map(({ what }) => what)).toEqual([
    `RunLog: ${host}${pathname} refuses user "nobody" or its password`,
    `Report database: there is no database "no_such" at ${host}/no_such`,
    `Production database: nothing answers at ${away}/prod (ECONNREFUSED)`,
  ]);
  expect(failing.map(({ mend }) => mend)).toEqual([
    'put the right one into RUNLOG_DB_URL',
    'create it, or put the right one into REPORT_DB_URL',
    'start that server, or put the right one into PROD_DB_URL',
  ]);
  expect(JSON.stringify(findings)).not.toContain('secret-word');
});

test('pending migrations name the command that applies them', async ({ empty }) => {
  const { failing } = await doctor({ RUNLOG_DB_URL: empty, REPORT_DB_URL: empty });

  expect(failing).toMatchObject([
    {
      what: expect.stringMatching(/^RunLog: (\d+) of \1 migrations are pending$/),
      mend: 'run `npx kubescribe migrate`',
    },
    {
      what: expect.stringMatching(/^Report database, schema kubescribe: (\d+) of \1 migrations are pending$/),
      mend: 'run `npx kubescribe migrate --report`',
    },
  ]);
});

test('a migration that was changed after it was applied is named', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  await client.query("update schema_migrations set checksum = 'other' where version = '000001'");

  const { failing } = await doctor({ RUNLOG_DB_URL: runlog });

  expect(failing).toMatchObject([{ what: expect.stringContaining('000001_initial_schema changed') }]);
});

test('another time zone of the database and unreadable production tables are found', async ({
  runlog,
  prod,
  connect,
}) => {
  const name = (url: string) => new URL(url).pathname.slice(1);
  const client = await connect(runlog);
  const role = `reader_${name(prod)}`;
  await client.query(`alter database ${name(runlog)} set timezone = 'Europe/Zurich'`);
  await client.query(`create role ${role} login password 'word'`);
  onTestFinished(async () => {
    const again = await connect(runlog);
    await again.query(`drop role ${role}`);
  });

  const { code, findings, failing } = await doctor({
    RUNLOG_DB_URL: runlog,
    PROD_DB_URL: changed(prod, (url) => {
      url.username = role;
      url.password = 'word';
    }),
  });

  expect(code).toBe(1);
  expect(failing).toMatchObject([
    { what: expect.stringMatching(/^Production database: none of its \d+ tables can be read$/) },
  ]);
  expect(findings).toContainEqual({
    level: 'warn',
    what: expect.stringContaining('Europe/Zurich'),
    mend: expect.stringContaining("set timezone = 'UTC'"),
  });
});

testOn16('PostgreSQL 16 is new enough', async ({ runlog }) => {
  const { code, findings } = await doctor({ RUNLOG_DB_URL: runlog });

  expect(code).toBe(0);
  expect(findings).toContainEqual({ level: 'ok', what: expect.stringMatching(/^RunLog: PostgreSQL 16\./) });
});

test('what make run left behind when it died is a failure that says so', async () => {
  const away = await nowhere();
  const databases = { runlog: `postgresql://kubescribe:word@${away}/runlog` };
  const local = {
    url: `http://${away}`,
    broker: `http://${away}/broker`,
    mail: `http://${away}/mail`,
    databases,
  };
  const home = folder({ 'local.json': JSON.stringify(local) });

  const { failing } = await doctor({ KUBESCRIBE_HOME: home });

  expect(failing.map(({ what }) => what)).toEqual([
    `RunLog: nothing answers at ${away}/runlog (ECONNREFUSED)`,
    expect.stringContaining(`Nothing answers at http://${away} (ECONNREFUSED)`),
    `Broker: nothing answers at http://${away}/broker (ECONNREFUSED)`,
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

test('Node, packages and the data folder are looked at', () => {
  const file = join(folder({ home: '' }), 'home');
  const root = folder({ 'package-lock.json': '{}' });

  expect(checkNode('v20.19.0')).toMatchObject({ level: 'fail', what: expect.stringContaining('20.19.0') });
  expect(checkPackages(root)).toMatchObject({ level: 'warn', mend: 'run `make install`' });
  expect(checkHome(loadConfig({ KUBESCRIBE_HOME: file }))).toMatchObject({
    level: 'fail',
    what: `${file} is a file, not the data folder`,
  });
  expect(checkHome(loadConfig({ KUBESCRIBE_HOME: join(root, 'to/be/made') }))).toMatchObject({ level: 'ok' });
});

const DEFINE = join(import.meta.dirname, '../../lib/pipeline/define.ts');
const ping = readFileSync(join(import.meta.dirname, '../../knative/base/510-market-bars-ping.yaml'), 'utf8');
const toUri = ping.replace(/sink:[\s\S]*$/, 'sink:\n    uri: http://localhost/\n');

test('a schedule that RunLog does not have, or has otherwise, is found', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  const pipelines = folder({
    'a.ts': pipelineFile('a', '0 6 * * *'),
    'b.ts': pipelineFile('b', '0 6 * * *'),
  });
  await client.query("insert into pipelines (name) values ('b')");
  await client.query(
    "insert into schedules (pipeline, cron, timezone, written_by) values ('b', '0 7 * * *', 'UTC', 'pipeline file')",
  );

  const { failing } = await doctor({ RUNLOG_DB_URL: runlog, KUBESCRIBE_PIPELINES: pipelines });

  expect(failing.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      'Schedule of a: RunLog has none, so it never runs by itself',
      'Schedule of b: RunLog has "0 7 * * *", UTC, written by pipeline file; its file says "0 6 * * *", UTC',
    ]),
  );
});

const pipelineFile = (name: string, cron?: string) => `
import { pipeline } from ${JSON.stringify(DEFINE)};
export default pipeline(${JSON.stringify(name)}, {
  ${cron ? `schedule: ${JSON.stringify(cron)}, timezone: 'UTC',` : ''} params: { safeParse: () => ({ success: true, data: {} }) },
  tasks: [{ name: 'only', movesRows: false, run: async function* () {} }],
});`;

test('each schedule must have a PingSource that ticks with it', async () => {
  const manifests = folder({ 'ping.yaml': toUri });
  const pipelines = folder({
    'market-bars.ts': pipelineFile('market-bars', '*/7 * * * *'),
    'other.ts': pipelineFile('other', '0 6 * * *'),
  });

  const [, bars, other] = await checkPipelines(pipelines, manifests);

  expect(bars).toMatchObject({
    level: 'fail',
    what: 'PingSource of market-bars ticks at "*/5 * * * *", UTC; the pipeline says "*/7 * * * *", UTC',
    mend: expect.stringMatching(/ping\.yaml:\d+\)$/),
  });
  expect(other).toMatchObject({ level: 'fail', mend: expect.stringContaining('data {"pipeline":"other"}') });
});

test('a PingSource for a pipeline that is gone, a broken manifest and a broken pipeline file are found', async () => {
  const other = folder({ 'other.ts': pipelineFile('other-one', '0 6 * * *') });
  const broken = folder({ 'x.ts': 'export default 1;' });
  const manifest = folder({ 'ping.yaml': toUri.replace('*/5', 'often') });

  expect(await checkPipelines(other, folder({ 'ping.yaml': toUri }))).toContainEqual(
    expect.objectContaining({
      what: 'PingSource market-bars ticks for market-bars, which has no pipeline file',
    }),
  );
  expect(await checkPipelines(other, manifest)).toContainEqual(
    expect.objectContaining({ level: 'fail', what: expect.stringMatching(/ping\.yaml:\d+: spec\.schedule/) }),
  );
  expect(await checkPipelines(broken)).toMatchObject([
    { level: 'fail', what: expect.stringContaining('pipelines/x.ts') },
  ]);
});

/** A mail server that knows nobody; returns its URL. */
async function mailServer(): Promise<string> {
  const smtp = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    logger: false,
    onAuth: (_auth, _session, done) => done(new Error('unknown')),
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => smtp.close(() => resolve())));
  const address = smtp.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `smtp://127.0.0.1:${address.port}`;
}
