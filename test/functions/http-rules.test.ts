import { describe, expect } from 'vitest';
import { problem, test } from './doors.ts';

describe('every door', () => {
  test('sends the request id back, or makes one; a problem names it', async ({ open }) => {
    const { ask } = open();

    const named = await ask('/nowhere', { headers: { 'x-request-id': 'r1' } });
    const unnamed = await ask('/nowhere');

    expect(named.headers.get('x-request-id')).toBe('r1');
    expect(await problem(named)).toMatchObject({ status: 404, instance: 'r1' });
    expect((await problem(unnamed)).instance).toBe(unnamed.headers.get('x-request-id'));
  });

  test.for([
    ['DELETE', '/runs/trigger', 'POST'],
    ['GET', '/runs/trigger', 'POST'],
    ['POST', '/runs', 'GET'],
    ['PUT', '/runs/1', 'GET'],
  ] as const)('%s %s is 405 and says what is taken', async ([method, path, allow], { open }) => {
    const response = await open().ask(path, { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    await problem(response);
  });

  test('a broken %-escape in a path is 400', async ({ open }) => {
    expect((await open().ask('/runs/%E0%A4')).status).toBe(400);
  });
});

describe('with RunLog away', () => {
  test.for([
    ['a closed port', 'postgres://app:hunter2@127.0.0.1:1/runlog'],
    ['no such host', 'postgres://app:hunter2@runlog.invalid:5432/runlog'],
  ] as const)('%s: 503, when to come again, and no secret', async ([, url], { open }) => {
    const { ask, trigger } = open({ RUNLOG_DB_URL: url });

    for (const response of [await trigger(), await ask('/runs')]) {
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await problem(response)).not.toMatchObject({
        detail: expect.stringMatching(/hunter2|127|5432/),
      });
    }
  });

  test('a wrong password is 503 too', async ({ open, runlog, connect }) => {
    const admin = await connect(runlog);
    const role = `door_${process.pid}`;
    await admin.query(`create role ${role} login password 'right'`);
    const url = new URL(runlog);
    url.username = role;
    url.password = 'hunter2';

    const response = await open({ RUNLOG_DB_URL: url.href }).ask('/runs');

    await admin.query(`drop role ${role}`);
    expect(response.status).toBe(503);
    expect(JSON.stringify(await problem(response))).not.toMatch(/hunter2|door_/);
  });
});
