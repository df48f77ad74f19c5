import { sql } from 'kysely';
import { describe, expect } from 'vitest';
import { listen } from '../../lib/http/host.ts';
import { standStill } from '../setup/clock.ts';
import { lockWaits } from '../setup/lock-waits.ts';
import { until } from '../setup/until.ts';
import { test, tick } from './doors.ts';

const minute = [tick({ 'ce-tick': 'minute' }), '{}'] as const;

describe('sweep', () => {
  test('sends what was sent a while ago and is not done, and not what is fresh or done', async ({
    open,
    connect,
    runlog,
  }) => {
    await standStill(await connect(runlog));
    const got: string[] = [];
    const broker = await listen(
      async (request) => {
        got.push(request.headers.get('ce-id') ?? '');
        return new Response(null, { status: 202 });
      },
      { port: 0, host: '127.0.0.1' },
    );
    const { deliver, db } = open({ K_SINK: `http://127.0.0.1:${broker.port}/` });
    const ago = (seconds: number) => sql<Date>`clock() - ${seconds} * interval '1 second'`;
    const event = (id: string, more: object) => ({
      id,
      type: 't',
      source: '/s',
      subject: 's',
      data: '{}',
      ...more,
    });
    await db
      .insertInto('outbox')
      .values([
        event('never sent', {}),
        event('old', { sent_at: ago(11) }),
        event('fresh', { sent_at: ago(5) }),
        event('done', { sent_at: ago(11), done_at: ago(10) }),
        event('not due', { due_at: ago(-60) }),
      ])
      .execute();

    await deliver('sweep', ...minute);
    // Who sends waits for the Broker for a while only, and lets the sending go on.
    await until(() => got.length >= 2);
    await broker.close();

    expect(got.sort()).toEqual(['never sent', 'old']);
  });

  test("makes no partition in the way of who ends a run, and the next minute's sweep makes it", async ({
    open,
    connect,
    runlog,
  }) => {
    const { deliver } = open();
    const [writer, look] = [await connect(runlog), await connect(runlog)];
    const partitions = async () =>
      (await look.query("select from pg_inherits where inhparent = 'logs'::regclass")).rowCount;
    // Midnight may have come since the tests began.
    await look.query('select ensure_log_partitions()');
    await look.query(`insert into clock_shift (shift) values ('1 day')`);
    const before = await partitions();
    await writer.query('begin; lock table task_runs in row exclusive mode');

    let over = false;
    const swept = deliver('sweep', ...minute).finally(() => {
      over = true;
    });
    // It waits for a moment only: who looks too late for that finds that it gave way.
    await until(async () => over || (await lockWaits(look)) > 0);
    await writer.query(`insert into logs (message) values ('done'); commit`);
    expect((await swept).status).toBe(204);
    expect(await partitions()).toBe(before);

    await deliver('sweep', ...minute);
    expect(await partitions()).toBe(Number(before) + 1);
  });

  test("lets go of events that were done long ago, and makes the next days' partitions", async ({ open }) => {
    const { deliver, db } = open();
    const done = (id: string, days: number) => ({
      ...{ id, type: 't', source: '/s', subject: 's', data: '{}' },
      done_at: sql<Date>`clock() - ${days} * interval '1 day'`,
    });
    await db
      .insertInto('outbox')
      .values([done('old', 8), done('young', 6)])
      .execute();
    await sql`do $$ begin execute format('drop table logs_%s', to_char(clock() at time zone 'UTC', 'YYYYMMDD')); end $$`.execute(
      db,
    );

    await deliver('sweep', ...minute);

    expect(await db.selectFrom('outbox').select('id').execute()).toEqual([{ id: 'young' }]);
    await db.insertInto('logs').values({ message: 'today' }).execute();
  });
});
