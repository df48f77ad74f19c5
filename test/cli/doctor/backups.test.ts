import { expect } from 'vitest';
import { pass } from '../../setup/clock.ts';
import { test } from '../../setup/fixtures.ts';
import { folder, kubescribe } from '../command.ts';
import { doctor } from '../examine.ts';

test('how old the newest verified backup is, and when it is too old, is told', async ({
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  const env = { RUNLOG_DB_URL: runlog };
  const told = async () => (await doctor(env)).findings.find(({ what }) => /backup/.test(what));
  const backup = (...args: string[]) => kubescribe(['backup', '--dir', folder(), ...args], { env });

  expect(await told()).toMatchObject({ level: 'warn', what: 'RunLog: no backup was ever made' });
  await backup();
  expect(await told()).toMatchObject({ level: 'warn', what: 'RunLog: no backup is known to be good' });
  await backup('--verify', '--within', '30');
  expect(await told()).toMatchObject({ level: 'ok', what: expect.stringContaining('that was verified is') });
  await pass(client, '31 hours');
  await backup('--within', '30', '--by', 'pg_dump');
  expect(await told()).toMatchObject({
    level: 'warn',
    what: expect.stringMatching(/is 1 d 07 h old, of 30 hours at most/),
  });
}, 180_000);
