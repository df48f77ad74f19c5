import type { Client } from 'pg';
import { describe, expect } from 'vitest';
import { pass } from '../../setup/clock.ts';
import { testOn16 as test } from '../../setup/fixtures.ts';

const insert = (client: Client, subject: string) =>
  client.query(
    `insert into audit (actor, came_from, action, subject) values ('ada', 'HTTP', 'run.cancel', $1)`,
    [subject],
  );
const seal = async (client: Client) => (await client.query('select * from seal_audit()')).rows[0];
const forget = async (client: Client, older: string, most = 100) =>
  (
    await client.query(`select forget_audit($1, 'KubeScribe', 'itself', 'retention', $2) as gone`, [
      older,
      most,
    ])
  ).rows[0].gone;

describe('the audit only grows, also for its owner:', () => {
  test.for([
    `update audit set actor = 'eve'`,
    'delete from audit',
    'truncate audit',
    `update audit_seals set hash = sha256('eve')`,
    'delete from audit_seals',
    'truncate audit_seals',
    'delete from audit_head',
    'truncate audit_head',
    'update audit_head set number = 0',
    `insert into audit_anchors (number, hash, audit_id, removed) select number, hash, 1, 1 from audit_seals`,
    `set session_replication_role = replica; delete from audit`,
    `set session_replication_role = replica; update audit set why = null`,
  ])('%s is refused', async (statement, { runlog, connect }) => {
    const client = await connect(runlog);
    await insert(client, 'a');
    await seal(client);

    await expect(client.query(statement)).rejects.toThrow(/only grows|does not go back|stands at a seal/);
  });
});

test('retention takes a sealed beginning that is older than a year, and says so', async ({
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  for (const subject of ['a', 'b', 'c']) await insert(client, subject);
  await seal(client);
  await pass(client, '300 days');
  await insert(client, 'd');
  await seal(client);

  await expect(forget(client, '364 days')).rejects.toThrow('1 year at least');
  expect(await forget(client, '1 year')).toBe('0');
  await pass(client, '100 days');
  expect(await forget(client, '1 year', 2)).toBe('2');
  expect(await forget(client, '1 year')).toBe('1');
  expect(await forget(client, '1 year')).toBe('0');

  const { rows } = await client.query('select subject, action, details from audit order by audit_id');
  expect(rows).toMatchObject([
    { subject: 'd' },
    { action: 'audit.forget', details: { number: 2, removed: 2 } },
    { action: 'audit.forget', details: { number: 3, removed: 1 } },
  ]);
});
