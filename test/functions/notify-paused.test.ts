import { expect } from 'vitest';
import { commit } from '../../lib/boundary.ts';
import { openPause } from '../../lib/requests/pause.ts';
import { down, pipeline, type Telling, test } from './telling.ts';

/** The event of a pause: by itself after a run that failed, or by somebody. */
async function paused({ db }: Telling, runId?: string) {
  const opened = runId
    ? { by: 'KubeScribe', why: '2 failures in a row, the last with SOURCE_DOWN', runId }
    : { by: 'ada', why: 'the source moves' };
  await commit('test', db, (tx) =>
    openPause(tx, { pipeline, from: 'test', teller: 'run-pipeline', ...opened }),
  );
  return db
    .selectFrom('outbox')
    .selectAll()
    .where('type', '=', 'dev.kubescribe.pipeline.paused')
    .executeTakeFirstOrThrow();
}

test('a schedule that paused by itself is mailed once, with its cause and how to resume it', async ({
  telling,
}) => {
  const { deliver, settled, mailbox } = telling;
  const { run_id } = await telling.ended(down);
  const event = await paused(telling, run_id ?? undefined);

  const answers = [await deliver(event), await deliver(event)];

  expect(answers.map(({ status }) => status)).toEqual([204, 204]);
  expect(await settled()).toMatchObject([
    { subject: expect.stringMatching(/^market-bars\/\d+$/), transition: 'paused', status: 'sent' },
  ]);
  expect(mailbox.mails).toMatchObject([{ subject: 'market-bars is paused' }]);
  const [mail] = mailbox.mails;
  expect(mail?.text).toContain('2 failures in a row, the last with SOURCE_DOWN.');
  expect(mail?.text).toContain('SOURCE_DOWN: the source did not answer');
  expect(mail?.text).toContain('npx kubescribe resume market-bars');
});

test('what somebody paused is mailed to nobody, and its event is done', async ({ telling }) => {
  const { deliver, settled, openEvents } = telling;

  const answer = await deliver(await paused(telling));

  expect(answer.status).toBe(204);
  expect(await settled()).toEqual([]);
  expect(await openEvents()).toEqual([]);
});
