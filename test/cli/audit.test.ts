import { expect } from 'vitest';
import { test } from '../setup/fixtures.ts';
import { kubescribe, serve } from './command.ts';

const insert = `insert into audit (actor, came_from, action, subject) values ('ada', 'HTTP', 'run.cancel', 'x')`;
const verify = (runlog: string, ...more: string[]) =>
  kubescribe(['audit', 'verify', ...more], { env: { RUNLOG_DB_URL: runlog } });

test('audit verify says what it read and prints an anchor, which a later check takes', async ({
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  await client.query(`${insert}, ('bob', 'CLI', 'run.cancel', 'y')`);
  await client.query('select seal_audit()');
  await client.query(insert);

  const first = await verify(runlog);
  const [, anchor = ''] = /^anchor (\S+)$/m.exec(first.stdout) ?? [];
  const second = await verify(runlog, '--anchor', anchor, '-o', 'json');
  const other = await verify(
    runlog,
    '--anchor',
    anchor.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
  );

  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /^2 sealed rows, 1 to 2, checked in .*; 1 not yet sealed \(the oldest for .*\)\.$/m,
  );
  expect([second.code, JSON.parse(second.stdout)]).toMatchObject([0, { rows: 2, found: 0, anchor }]);
  expect(other).toMatchObject({ code: 1, stdout: expect.stringMatching(/^rewritten: Seal 2 /) });
  expect((await verify(runlog, '--anchor', 'abc')).code).toBe(2);
});

test('audit list shows who did what, whatever they are called', async () => {
  const row = {
    audit_id: 1,
    at: '2026-11-21T08:00:00Z',
    actor: '\u001b[31mada',
    came_from: 'HTTP',
    action: 'run.cancel',
    subject: 'x',
    why: null,
    details: {},
    seal: null,
  };
  const { url, asked } = await serve(() => ({ json: [row] }));

  const { code, stdout } = await kubescribe(['audit', 'list', '--actor', 'ada', '--url', url]);

  expect(code).toBe(0);
  expect(stdout).toContain('2026-11-21 08:00:00Z  \\x1b[31mada');
  expect(asked[0]?.url).toBe('/audit?actor=ada&limit=20');
});
