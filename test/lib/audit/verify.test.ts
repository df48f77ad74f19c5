import fc from 'fast-check';
import type { Client } from 'pg';
import { describe, expect } from 'vitest';
import { type Verified, verifyAudit } from '../../../lib/audit/verify.ts';
import { pass } from '../../setup/clock.ts';
import { testOn16 as on16, test } from '../../setup/fixtures.ts';
import { lockWaits } from '../../setup/lock-waits.ts';
import { until } from '../../setup/until.ts';
import { tamper, tamperings } from './tampering.ts';

const SECOND = 1000;

const intervene = (client: Client, subject = 'x', details: object = {}) =>
  client.query(
    `insert into audit (actor, came_from, action, subject, why, details)
     values ('ada', 'HTTP 10.0.0.1', 'run.cancel', $1, nullif($1, 'x'), $2)`,
    [subject, details],
  );
const seal = async (client: Client, most = 10_000) =>
  (await client.query('select sealed, number, hash from seal_audit($1)', [most])).rows[0];
const kinds = ({ findings }: Verified) => findings.map(({ kind }) => kind);

/** What sessions do at once: each a transaction that intervenes, perhaps seals, and may be rolled back. */
const session = fc.array(
  fc.record({
    subjects: fc.array(
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', '0')),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
    details: fc
      .jsonValue({ maxDepth: 2 })
      .map((value) => ({ value: JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '0')) })),
    seals: fc.boolean(),
    rolledBack: fc.boolean(),
  }),
  { minLength: 2, maxLength: 5 },
);

type Deed = { subjects: string[]; details: object; seals: boolean; rolledBack: boolean };

async function play(client: Client, deeds: Deed[]): Promise<void> {
  for (const { subjects, details, seals, rolledBack } of deeds) {
    await client.query('begin');
    for (const subject of subjects) await intervene(client, subject, details);
    await client.query(rolledBack ? 'rollback' : 'commit');
    if (seals) await seal(client);
  }
}

test('whatever several sessions do at once the chain holds, and each way of changing it is found', {
  timeout: 120 * SECOND,
}, async ({ runlog, connect }) => {
  const clients = await Promise.all([connect(runlog), connect(runlog), connect(runlog)]);
  const [admin] = clients;
  await fc.assert(
    fc.asyncProperty(fc.tuple(session, session, session), fc.nat(), async (deeds, where) => {
      await intervene(admin);
      await intervene(admin);
      await Promise.all(deeds.map((of, i) => play(clients[i]!, of)));
      await seal(admin);

      const before = await verifyAudit(runlog);
      expect(before).toMatchObject({ found: 0, unsealed: { rows: 0 } });
      const length = before.end.number;
      await keepCopies(admin);
      for (const [kind, statements] of Object.entries(tamperings)) {
        await tamper(admin, ...statements((where % length) + 1, length));
        const { found } = await verifyAudit(runlog, [before.end]);
        expect(found, `${kind} at ${(where % length) + 1} of ${length}`).toBeGreaterThan(0);
        await restore(admin);
      }
      expect(await verifyAudit(runlog, [before.end])).toMatchObject({ found: 0 });
    }),
    // A smaller case is not looked for: the trace of a failure names the way and the seal.
    { numRuns: 3, endOnFailure: true },
  );
});

const TABLES = ['audit', 'audit_seals', 'audit_head', 'audit_anchors'];
const keepCopies = (client: Client) =>
  client.query(
    TABLES.map(
      (table) => `drop table if exists kept_${table}; create table kept_${table} as table ${table}`,
    ).join(';'),
  );
const restore = (client: Client) =>
  tamper(
    client,
    ...TABLES.flatMap((table) => [
      `delete from ${table}`,
      `insert into ${table} overriding system value select * from kept_${table}`,
    ]),
  );

describe('verify says which row, and what:', () => {
  test.for([
    ['another actor', 'changed: 2'],
    ['another time', 'changed: 2'],
    ['other details', 'changed: 2'],
    ['a row removed', 'removed: 2'],
    ['a row removed with its seal', 'seals-missing: 3'],
    ['seals that swap their rows', 'changed: 3, changed: 2'],
    ['a row and its seal made new', 'changed: 3'],
    ['the end cut off', 'end-missing: null'],
    ['a back-dated row that is sealed', 'back-dated: 5'],
    ['a back-dated row that is not sealed', 'not-sealed: -1'],
    ['a beginning taken away', 'not-signed-off: null'],
  ] as const)('%s', async ([kind, says], { runlog, connect }) => {
    const client = await connect(runlog);
    for (let row = 1; row <= 4; row++) await intervene(client);
    await seal(client);

    await tamper(client, ...tamperings[kind]!(2, 4));

    const { findings } = await verifyAudit(runlog);
    expect(findings.map((one) => `${one.kind}: ${one.audit_id}`).join(', ')).toBe(says);
  });
});

test('a row that commits late has a later seal, though its id is smaller', async ({ runlog, connect }) => {
  const [slow, quick] = await Promise.all([connect(runlog), connect(runlog)]);
  await slow.query('begin');
  await intervene(slow, 'late');
  await intervene(quick, 'early');

  expect(await seal(quick)).toMatchObject({ sealed: 1, number: '1' });
  await slow.query('commit');
  expect(await seal(quick)).toMatchObject({ sealed: 1, number: '2' });

  const { rows } = await quick.query('select audit_id from audit_seals order by number');
  expect(rows).toEqual([{ audit_id: '2' }, { audit_id: '1' }]);
  expect(await verifyAudit(runlog)).toMatchObject({ found: 0, rows: 2 });
});

test('two sealers at once seal each row once', async ({ runlog, connect }) => {
  const [one, other] = await Promise.all([connect(runlog), connect(runlog)]);
  for (let row = 0; row < 50; row++) await intervene(one);
  await one.query('begin');
  await seal(one, 20);
  const second = seal(other);
  await until(async () => (await lockWaits(one)) === 1);
  await one.query('commit');

  expect(await second).toMatchObject({ sealed: 30, number: '50' });
  expect(await verifyAudit(runlog)).toMatchObject({ found: 0, rows: 50 });
});

test('a sealing that dies leaves nothing half done', async ({ runlog, connect }) => {
  const [doomed, client] = await Promise.all([connect(runlog), connect(runlog)]);
  doomed.on('error', () => {});
  await intervene(client);
  await doomed.query('begin');
  await seal(doomed);
  const { rows } = await doomed.query('select pg_backend_pid() as pid');
  await client.query('select pg_terminate_backend($1)', [rows[0].pid]);

  expect(await seal(client)).toMatchObject({ sealed: 1, number: '1' });
  expect(await verifyAudit(runlog)).toMatchObject({ found: 0, rows: 1 });
});

test('a clock that goes back makes no finding', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  for (const step of ['1 hour', '-2 hours', '1 minute', '3 days', '-1 day']) {
    await intervene(client);
    await seal(client);
    await pass(client, step);
    await intervene(client);
    await seal(client);
  }

  expect(await verifyAudit(runlog)).toMatchObject({ found: 0, rows: 10 });
});

test('sealing after a long absence, in several steps, makes no finding', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  await intervene(client);
  await seal(client);
  for (let row = 0; row < 5; row++) {
    await pass(client, '20 minutes');
    await intervene(client);
  }

  expect(kinds(await verifyAudit(runlog))).toEqual(Array(4).fill('not-sealed'));
  for (let step = 0; step < 3; step++) await seal(client, 2);

  expect(await verifyAudit(runlog)).toMatchObject({ found: 0, rows: 6 });
});

test('an end that was cut off and forgotten everywhere is found by an anchor alone', async ({
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  for (let row = 0; row < 3; row++) await intervene(client);
  await seal(client);
  const { end } = await verifyAudit(runlog);
  await tamper(
    client,
    ...tamperings['the end cut off']!(3, 3),
    'update audit_head set number = 2, hash = (select hash from audit_seals where number = 2)',
  );

  expect((await verifyAudit(runlog)).found).toBe(0);
  expect(kinds(await verifyAudit(runlog, [end]))).toEqual(['end-missing']);

  await intervene(client);
  await seal(client);
  expect((await verifyAudit(runlog)).found).toBe(0);
  expect(kinds(await verifyAudit(runlog, [end]))).toEqual(['rewritten']);
});

on16(
  'the chain goes on from the anchor that retention leaves, which a row signs off',
  async ({ runlog, connect }) => {
    const client = await connect(runlog);
    for (let row = 0; row < 3; row++) await intervene(client);
    await seal(client);
    const { end } = await verifyAudit(runlog);
    await pass(client, '400 days');
    await intervene(client);
    await client.query(`select forget_audit('366 days', 'KubeScribe', 'itself', 'retention', 2)`);
    await seal(client);

    expect(await verifyAudit(runlog, [end])).toMatchObject({ found: 0, begins_after: 2, rows: 3 });
  },
);
