import { describe, expect, test } from 'vitest';
import {
  cadence,
  checkSchedule,
  nextSlot,
  ScheduleError,
  slotsBetween,
} from '../../../lib/schedule/slots.ts';

describe('slots', () => {
  const hourly = { cron: '0 * * * *', timezone: 'UTC' };
  const at = (time: string) => new Date(`2026-01-01T${time}Z`);

  test('are after the beginning and up to the end', () => {
    expect(slotsBetween(hourly, at('01:00'), at('03:00'))).toEqual([at('02:00'), at('03:00')]);
    expect(slotsBetween(hourly, at('01:00'), at('01:59'))).toEqual([]);
  });

  test('are at most as many as asked for, the oldest', () => {
    expect(slotsBetween(hourly, at('01:00'), at('23:00'), 2)).toEqual([at('02:00'), at('03:00')]);
  });

  test('of a long absence come in time', () => {
    const minutely = { cron: '* * * * *', timezone: 'Europe/Berlin' };

    expect(slotsBetween(minutely, at('00:00'), new Date('2027-01-01'), 500)).toHaveLength(500);
  });

  test('that never come are none', () => {
    const never = { cron: '0 0 30 2 *', timezone: 'UTC' };

    expect(nextSlot(never, at('00:00'))).toBeUndefined();
    expect(slotsBetween(never, at('00:00'), new Date('2030-01-01'))).toEqual([]);
  });

  test.each([
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    ['0 0 ? * MON', '0 0 * * 1'],
    ['0 0 1 JUL *', '0 0 1 7 *'],
    ['0 0 * * wed', '0 0 * * 3'],
  ])('of %s are those of %s', (cron, same) => {
    const of = (pattern: string) =>
      slotsBetween({ cron: pattern, timezone: 'UTC' }, at('00:00'), new Date('2028-01-01'), 50);

    expect(of(cron)).toEqual(of(same));
    expect(of(cron).length).toBeGreaterThan(0);
  });

  test('have a cadence, when there are two in a day', () => {
    expect(cadence({ cron: '*/5 * * * *', timezone: 'UTC' }, at('00:01'))).toBe(300_000);
    expect(cadence({ cron: '0 0 1 * *', timezone: 'UTC' }, at('00:01'))).toBeUndefined();
  });
});

describe('a schedule is refused', () => {
  test.each([
    ['@every 5m', 'five cron fields'],
    ['@reboot', 'five cron fields'],
    ['0 * * * * *', 'five cron fields'],
    ['* * * *', 'five cron fields'],
    ['', 'five cron fields'],
    ['TZ=UTC * * * * *', 'five cron fields'],
    ['0 0 L * *', 'L, W or #'],
    ['0 0 l * *', 'L, W or #'],
    ['0 0 15W * *', 'L, W or #'],
    ['0 0 * * 5L', 'L, W or #'],
    ['0 0 * * MON#2', 'L, W or #'],
    ['0 0 * * 7', 'Sunday is 0'],
    ['0 0 * * 5-7', 'Sunday is 0'],
    ['0 0 */2 * 1', 'list the days'],
    ['0 0 1 * */2', 'list the days'],
    ['61 * * * *', 'minute'],
    ['* 24 * * *', 'hour'],
    ['5-1 * * * *', '5-1'],
    ['*/0 * * * *', 'step of 0'],
    ['H * * * *', 'illegal'],
  ])('"%s": %s', (cron, says) => {
    expect(() => checkSchedule({ cron, timezone: 'UTC' })).toThrow(ScheduleError);
    expect(() => checkSchedule({ cron, timezone: 'UTC' })).toThrow(says);
  });

  test.each(['Mars/Base', '', '+02:00', 'GMT+2', 'Europe/berlin', 'utc'])('in the zone "%s"', (timezone) => {
    expect(() => checkSchedule({ cron: '0 0 * * *', timezone })).toThrow(ScheduleError);
  });

  test.each(['UTC', 'Europe/Berlin', 'US/Eastern', 'Etc/GMT+5', 'Asia/Calcutta'])(
    'not in the zone "%s"',
    (timezone) => {
      expect(() => checkSchedule({ cron: '0 0 * * *', timezone })).not.toThrow();
    },
  );

  test('not for a step of weekdays by itself', () => {
    expect(() => checkSchedule({ cron: '0 0 * * */7', timezone: 'UTC' })).not.toThrow();
  });
});
