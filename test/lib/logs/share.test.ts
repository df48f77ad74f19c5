import { describe, expect, test as pure } from 'vitest';
import { lineShare, nothingLeftOut } from '../../../lib/logs/share.ts';
import { messages, numbered, test } from './live-run.ts';

const SECOND = 1000;

describe('the share of a run', () => {
  pure('of one text the first hundred of a second are kept, then each hundredth', () => {
    const share = lineShare();
    const kept = numbered(1000).filter(() => share.takes('info', 'the same', 0));

    expect(kept).toHaveLength(109);
    expect(share.tell(0, true)).toEqual({ ...nothingLeftOut, repeated: 891 });
  });

  pure('another second begins anew; other texts are others', () => {
    const share = lineShare();
    for (const _ of numbered(150)) share.takes('info', 'the same', 0);

    expect(share.takes('info', 'another', 0)).toBe(true);
    expect(share.takes('info', 'the same', SECOND)).toBe(true);
  });

  pure('many texts take no more than so much memory', () => {
    const share = lineShare();
    const kept = numbered(100_000).filter((text) => share.takes('info', text, 0));

    expect(kept).toHaveLength(100_000);
  });

  pure('beyond the budget only warnings and errors are kept, and of them a tenth of it', () => {
    const share = lineShare(100);
    const kept = (level: 'info' | 'error') =>
      numbered(200).filter((text) => share.takes(level, text, 0)).length;

    expect([kept('info'), kept('error'), kept('info')]).toEqual([100, 10, 0]);
    expect(share.tell(0, true)).toEqual({ ...nothingLeftOut, over_budget: 490 });
  });

  pure('what other writers have written for the run counts', () => {
    const share = lineShare(100);
    share.takes('info', 'first', 0);
    share.stored(100);

    expect(share.takes('info', 'second', 0)).toBe(false);
  });

  pure('what was left out is told at once, then more and more seldom, and at the end', () => {
    const share = lineShare(0);
    const tellsAt = (now: number, last = false) => {
      share.takes('info', 'left out', now);
      return share.tell(now, last) !== undefined;
    };
    const told = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].filter((second) => tellsAt(second * SECOND));

    expect(told).toEqual([1, 3, 7]);
    expect(tellsAt(14.5 * SECOND, true)).toBe(true);
    expect(share.tell(20 * SECOND, true)).toBeUndefined();
  });
});

test('a run has one budget, whoever writes for it; what is beyond is told by a line and counted', async ({
  live,
}) => {
  for (const from of [0, 60]) {
    const writer = live.open({ budget: 100 });
    const logger = writer.jobLogger(live.work.run_id, live.work);
    // The first line brings what others have written.
    await logger.logJob('info', `line ${from}`);
    await writer.flush();
    for (const message of numbered(59, from + 1)) logger.logJob('info', message);
    await writer.close();
  }

  expect(await messages(live.db)).toEqual([
    ...numbered(100),
    '20 log lines were left out: 20 came after the 100 that a run may write',
  ]);
  expect(await live.db.selectFrom('log_counts').selectAll().execute()).toMatchObject([
    { written: 101, over_budget: 20, crowded_out: 0 },
  ]);
});
