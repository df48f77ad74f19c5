import { describe, expect, test } from 'vitest';
import { readCron } from '../../../lib/schedule/cron.ts';
import { slotsBetween } from '../../../lib/schedule/slots.ts';

const upTo = (most: number, step = 1, from = 0) =>
  Array.from({ length: Math.floor((most - from) / step) + 1 }, (_, i) => from + i * step);

describe('a time of day is read as the cluster reads it:', () => {
  test.each([
    ['5/15 * * * *', [5, 20, 35, 50], upTo(23)],
    ['50/15 9 * * *', [50], [9]],
    ['?/20 ? * * *', [0, 20, 40], upTo(23)],
    ['*/90 3 * * *', [0], [3]],
    ['10-20/5 1-3 * * *', [10, 15, 20], [1, 2, 3]],
    ['30,0,30 22,1-2 * * *', [0, 30], [1, 2, 22]],
    ['*,5 007 * * *', upTo(59), [7]],
    [' 0\t9  * * * ', [0], [9]],
    ['@hourly', [0], upTo(23)],
    ['@midnight', [0], [0]],
  ])('%s', (cron, minutes, hours) => {
    expect(readCron(cron)).toMatchObject({ minutes, hours });
  });
});

/** The first five days of a pattern from 1 January 2028, a Saturday, as robfig/cron v3.0.1 gives them. */
describe('days are found as the cluster finds them:', () => {
  test.each([
    // Both kinds of days named: either will do.
    ['0 0 13 * 5', '01-07 01-13 01-14 01-21 01-28'],
    ['0 0 1-31 * 5', '01-02 01-03 01-04 01-05 01-06'],
    // A star, also one among others, names none.
    ['0 0 13 * *', '01-13 02-13 03-13 04-13 05-13'],
    ['0 0 13 * ?', '01-13 02-13 03-13 04-13 05-13'],
    ['0 0 1,* * 5', '01-07 01-14 01-21 01-28 02-04'],
    ['0 0 * * FRI', '01-07 01-14 01-21 01-28 02-04'],
    ['0 0 * * mon-wed/2', '01-03 01-05 01-10 01-12 01-17'],
    ['0 0 29 2 *', '02-29 02-29 02-29 02-29 02-29'],
    ['0 0 31 * *', '01-31 03-31 05-31 07-31 08-31'],
    ['0 0 */10 * *', '01-11 01-21 01-31 02-01 02-11'],
    ['0 0 25/5 * *', '01-25 01-30 02-25 03-25 03-30'],
    ['0 0 1 jul,DEC *', '07-01 12-01 07-01 12-01 07-01'],
    ['0 0 1 */5 *', '06-01 11-01 01-01 06-01 11-01'],
    ['0 0 * * */4', '01-02 01-06 01-09 01-13 01-16'],
  ])('%s', (cron, days) => {
    const from = new Date('2028-01-01T00:00:00Z');

    expect(
      slotsBetween({ cron, timezone: 'UTC' }, from, new Date('2050-01-01'), 5)
        .map((slot) => slot.toISOString().slice(5, 10))
        .join(' '),
    ).toBe(days);
  });
});

test.each([
  ['50-10 * * * *', 'the minute "50-10" ends before it begins; write two ranges'],
  ['0 22-3 * * *', 'the hour "22-3" ends before it begins'],
  ['0 0 * * FRI-MON', 'the weekday "FRI-MON" ends before it begins'],
  ['0 0 * NOV-FEB *', 'the month "NOV-FEB" ends before it begins'],
  ['*-5 * * * *', 'the minute "*-5" is no range'],
  ['+5 * * * *', 'the minute "+5" has illegal characters'],
  ['1,,2 * * * *', 'the minute "" has illegal characters'],
  ['1-2-3 * * * *', 'the minute "1-2-3" has illegal characters'],
  ['1/2/3 * * * *', 'the minute "1/2/3" has illegal characters'],
  ['/5 * * * *', 'the minute "/5" has illegal characters'],
  ['60 * * * *', 'the minute 60 is not within 0 to 59'],
  ['0 0 0 * *', 'the day 0 is not within 1 to 31'],
  ['0 0 * 13 *', 'the month 13 is not within 1 to 12'],
  ['0 0 * MON *', 'the month "MON" has illegal characters'],
  ['0 0 * JANUARY *', 'the month "JANUARY" has illegal characters'],
  ['* * * * */0', 'the weekday "*/0" has a step of 0'],
  ['@Daily', 'is not taken by Knative'],
  ['@every 1h', 'is not taken by Knative'],
  ['CRON_TZ=UTC 0 0 * * *', 'must have five cron fields'],
  ['0 0\n* * *', 'must have five cron fields'],
  ['0 0 ?/2 * 1', 'list the days'],
  ['0 0 * * 07', 'Sunday is 0'],
])('"%s" is refused: %s', (cron, why) => {
  expect(() => readCron(cron)).toThrow(why);
});
