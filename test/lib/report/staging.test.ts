import { expect } from 'vitest';
import { connect } from '../../../lib/db/connect.ts';
import { openReport, raise, stagingPrefix } from '../../../lib/report/fence.ts';
import { test } from '../../setup/fixtures.ts';

test('who raises the fence of a scope ends both sessions of older epochs, and drops what they staged, nothing else', async ({
  report,
  connect: open,
}) => {
  const reports = await open(report);
  const old = [await openReport(report, 'one', 1), await openReport(report, 'one', 1)];
  const names = {
    old: stagingPrefix('one', 1),
    again: stagingPrefix('one', 1),
    other: stagingPrefix('two', 1),
    own: stagingPrefix('one', 2),
  };
  for (const name of Object.values(names)) await reports.query(`create table kubescribe.${name}_0_fast ()`);
  const successor = await connect(report, { name: 'successor' });

  await raise(successor, 'one', 2);

  await expect(Promise.all(old.map((session) => session.query('select 1')))).rejects.toThrow();
  const { rows } = await reports.query(
    `select relname as name from pg_class where relname ~ '^stage_' order by relname`,
  );
  expect(rows.map(({ name }) => name)).toEqual(
    [names.own, names.other].map((name) => `${name}_0_fast`).sort(),
  );
  await Promise.all([...old, successor].map((session) => session.end().catch(() => {})));
});
