import { createHash, randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import * as z from 'zod';
import { accountOf } from '../../lib/audit/account.ts';
import { verifyAudit } from '../../lib/audit/verify.ts';
import { loadConfig } from '../../lib/config.ts';
import { callerOf } from '../../lib/http/caller.ts';
import { declare } from '../../lib/requests/declare.ts';
import type { Product } from '../setup/product.ts';
import { test } from '../work/hourly.ts';
import { idle, pipelineOf } from '../work/pipeline-of.ts';

const Rows = z.array(z.looseObject({ audit_id: z.number(), action: z.string(), subject: z.string() }));
const audit = async ({ ask }: Pick<Product, 'ask'>, query = '') =>
  Rows.parse(await (await ask(`/audit${query}`)).json());
const next = (response: Response) => /<(.*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];

const post = ({ ask }: Pick<Product, 'ask'>, path: string, body: object, headers: object = {}) =>
  ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-user': 'ada', ...headers },
    body: JSON.stringify(body),
  });
const asked = async (response: Promise<Response>) =>
  z.looseObject({ run_id: z.string() }).parse(await (await response).json()).run_id;

test('a page of the audit that is known is not sent again, until there is more', async ({ hourly }) => {
  const made = await hourly();
  await post(made, '/pipelines/sample/pause', { why: 'one' });
  const first = await made.ask('/audit');
  const known = { headers: { 'if-none-match': first.headers.get('etag') ?? '' } };

  expect((await made.ask('/audit', known)).status).toBe(304);
  await post(made, '/pipelines/sample/resume', {});
  expect((await made.ask('/audit', known)).status).toBe(200);
});

describe('the audit tells', () => {
  test('of each intervention who, from where, why and what; of slots nothing', async ({ hourly }) => {
    const made = await hourly();
    await made.toSlot('3 seconds');
    await made.tick('schedule');
    const [slot] = (await made.ledger.query<{ run_id: string }>('select run_id from run_requests')).rows;
    const from = { 'x-forwarded-for': '203.0.113.9, 10.0.0.1' };

    await post(made, `/runs/${slot!.run_id}/cancel`, { why: 'enough' }, from);
    const again = await asked(post(made, `/runs/${slot!.run_id}/replay`, { why: 'once more' }));
    await post(made, '/pipelines/sample/pause', { why: 'password=hunter2' });
    await post(made, '/pipelines/sample/resume', {});
    await made.override('30 * * * *');
    await made.reset();

    const rows = (await audit(made)).reverse();
    expect(rows.map(({ action, subject }) => [action, subject])).toEqual([
      ['schedule.declare', 'sample'],
      ['run.cancel', slot!.run_id],
      ['run.replay', again],
      ['pipeline.pause', 'sample'],
      ['pipeline.resume', 'sample'],
      ['schedule.override', 'sample'],
      ['schedule.reset', 'sample'],
    ]);
    expect(rows[1]).toMatchObject({ actor: 'ada', came_from: 'HTTP 203.0.113.9, 10.0.0.1', why: 'enough' });
    expect(rows[2]).toMatchObject({ actor: 'ada', why: 'once more', details: { again: slot!.run_id } });
    expect(rows[3]).toMatchObject({ why: 'password=[hidden]', details: { automatic: false } });
    const clocks = { timezone: 'UTC', gap: expect.any(String), overlap: expect.any(String) };
    expect(rows[5]).toMatchObject({
      details: {
        old: { cron: '0 * * * *', origin: 'file', ...clocks },
        new: { cron: '30 * * * *', origin: 'override', ...clocks },
      },
    });
  });

  test('of a wish by the hash of its params, once for a key', async ({ hourly }) => {
    const made = await hourly();
    const wish = { pipeline: 'sample', params: {} };
    const key = { 'idempotency-key': randomUUID() };
    const id = await asked(post(made, '/runs/trigger', wish, key));
    await post(made, '/runs/trigger', wish, key);
    const waits = await asked(post(made, '/runs/trigger', wish));

    const kept = await made.ledger.query<{ text: string }>('select params::text as text from run_requests');
    const params_sha256 = createHash('sha256').update(kept.rows[0]!.text).digest('hex');
    expect(await audit(made, '?action=run.trigger')).toMatchObject([
      { subject: waits, actor: 'ada', details: { pipeline: 'sample', params_sha256 } },
      { subject: id, actor: 'ada', details: { pipeline: 'sample', params_sha256 } },
    ]);
  });

  test('of a backfill, its range and its end', async ({ hourly }) => {
    const made = await hourly();
    const { rows } = await made.ledger.query(`select clock() - interval '5 hours' as from, clock() as until`);
    const started = await post(made, '/backfills', { pipeline: 'sample', ...rows[0], why: 'late data' });
    const id = started.headers.get('location')?.replace('/backfills/', '');
    await post(made, `/backfills/${id}/cancel`, { why: 'wrong range' });

    expect(await audit(made, `?subject=${id}`)).toMatchObject([
      { action: 'backfill.cancel', why: 'wrong range' },
      { action: 'backfill.start', why: 'late data', details: { pipeline: 'sample' } },
    ]);
  });

  test('who changed what a pipeline file declares, by their account', async ({ hourly }) => {
    const made = await hourly();
    const other = pipelineOf(idle, { schedule: '5 * * * *', timezone: 'UTC' });
    await declare(made.service.runlog, [other], 'local', accountOf('kubescribe migrate'));

    const [row] = await audit(made, '?action=schedule.declare');
    expect(row).toMatchObject({ details: { old: { cron: '0 * * * *' }, new: { cron: '5 * * * *' } } });
    expect(row).toMatchObject(
      (({ by, from }) => ({ actor: by, came_from: from }))(accountOf('kubescribe migrate')),
    );
  });
});

test('pages visit every row once, filtered or not', async ({ hourly }) => {
  const made = await hourly();
  await made.ledger.query(
    `insert into audit (at, actor, came_from, action, subject)
       select clock() + i % 3 * interval '1 second', 'eve', 'HTTP', 'run.cancel', i from generate_series(1, 30) i`,
  );
  const seen: string[] = [];
  for (let path: string | undefined = '/audit?actor=eve&limit=7'; path; ) {
    const page = await made.ask(path);
    seen.push(...Rows.parse(await page.json()).map(({ subject }) => subject));
    path = next(page);
  }

  expect(seen).toHaveLength(30);
  expect(new Set(seen).size).toBe(30);
  expect((await made.ask('/audit?cursor=WyJ4IiwiMSJd')).status).toBe(400);
});

test('the minute tick seals, and what is sealed says its number', async ({ hourly, runlog }) => {
  const made = await hourly();
  expect((await audit(made))[0]).toMatchObject({ seal: null });

  await made.tick('minute');

  expect((await audit(made))[0]).toMatchObject({ seal: 1 });
  expect(await verifyAudit(runlog)).toMatchObject({ rows: 1, found: 0, unsealed: { rows: 0 } });
});

describe('a caller', () => {
  const named = loadConfig({ KUBESCRIBE_CALLER_HEADER: 'X-Door-User' });
  const of = (headers: Record<string, string>, config = named) =>
    callerOf(new Request('http://door/', { headers }), config);

  test('is named by the header of the settings alone', () => {
    expect(of({ 'x-door-user': 'ada', 'x-forwarded-user': 'eve' })).toMatchObject({ by: 'ada' });
    expect(of({ 'x-forwarded-user': 'eve' })).toMatchObject({ by: 'somebody by HTTP', trigger: 'api' });
    expect(of({ 'x-kubescribe-client': 'cli' })).toMatchObject({
      by: 'somebody by the CLI',
      trigger: 'manual',
    });
  });

  test('is nobody, from nowhere, without the setting', () => {
    const headers = { 'x-forwarded-user': 'eve', 'x-forwarded-for': '10.0.0.1' };

    expect(of(headers, loadConfig({}))).toEqual({ by: 'somebody by HTTP', from: 'HTTP', trigger: 'api' });
  });

  test('has a name of one line, not too long, without what hides or reorders text', () => {
    const { by } = of({ 'x-door-user': `a\u0085b\t${'c'.repeat(500)}` });

    expect(by).toMatch(/^a b c+…$/);
    expect(by.length).toBeLessThanOrEqual(200);
  });
});
