/** An oracle for slots: reads a zone's clock minute by minute, and shares nothing with what it judges. */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A change of clocks: its instant, and the wall times, written as of UTC, that it goes from and to. */
export type Change = { zone: string; at: number; from: number; to: number };

export type Rule = { gap: 'skip' | 'once'; overlap: 'skip' | 'once' | 'both' };

/** What the clocks of a zone show at an instant. */
function clockOf(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return (instant) => Date.parse(`${format.format(instant).replace(' ', 'T')}Z`);
}

/** Every change of a zone's clocks in a time, to the minute. */
export function changesOf(zone: string, from: number, until: number): Change[] {
  const clock = clockOf(zone);
  const ahead = (instant: number) => clock(instant) - instant;
  const changes: Change[] = [];
  for (let at = from, before = ahead(from); at < until; at += DAY) {
    const after = ahead(at + DAY);
    if (after === before) continue;
    let [low, high] = [at, at + DAY];
    while (high - low > MINUTE) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
      if (ahead(middle) === before) low = middle;
      else high = middle;
    }
    changes.push({ zone, at: high, from: high + before, to: high + after });
    before = after;
  }
  return changes;
}

/** `*`, lists, ranges and steps of numbers. */
function takes(field: string, value: number): boolean {
  return field.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/');
    if (range === '*') return value % Number(step) === 0;
    const [low = '', high = part.includes('/') ? '99' : low] = range.split('-');
    return value >= Number(low) && value <= Number(high) && (value - Number(low)) % Number(step) === 0;
  });
}

/** Whether a wall time is one of a pattern's: days of both kinds add to one another when both are named. */
function fitting(cron: string): (wall: number) => boolean {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ');
  const table = (field: string, size: number) => Array.from({ length: size }, (_, n) => takes(field, n));
  const [minutes, hours, days] = [table(minute, 60), table(hour, 24), table(day, 32)];
  const [months, weekdays] = [table(month, 13), table(weekday, 7)];
  const either = day !== '*' && weekday !== '*';
  return (wall) => {
    const date = new Date(wall);
    if (!minutes[date.getUTCMinutes()] || !hours[date.getUTCHours()]) return false;
    if (!months[date.getUTCMonth() + 1]) return false;
    const [ofMonth, ofWeek] = [days[date.getUTCDate()] === true, weekdays[date.getUTCDay()] === true];
    return either ? ofMonth || ofWeek : ofMonth && ofWeek;
  };
}

/** Judges any pattern by any rule within [from, until): the wall clock is read once. */
export function watch(zone: string, from: number, until: number): (cron: string) => (rule: Rule) => number[] {
  const clock = clockOf(zone);
  const shown: { at: number; wall: number; times: number; nth: number }[] = [];
  const leftOut: { wall: number; moved: number }[] = [];
  const seen = new Map<number, number>();
  for (let at = from; at < until; at += MINUTE) {
    const wall = clock(at);
    const expected = (shown.at(-1)?.wall ?? wall - MINUTE) + MINUTE;
    for (let missing = expected; missing < wall; missing += MINUTE)
      leftOut.push({ wall: missing, moved: at + (missing - expected) });
    seen.set(wall, (seen.get(wall) ?? 0) + 1);
    shown.push({ at, wall, times: 0, nth: seen.get(wall) ?? 1 });
  }
  for (const minute of shown) minute.times = seen.get(minute.wall) ?? 1;

  return (cron) => {
    const fits = fitting(cron);
    const fitted = shown.filter(({ wall }) => fits(wall));
    const lost = leftOut.filter(({ wall }) => fits(wall));
    return ({ gap, overlap }) => {
      const taken = fitted.filter(
        ({ times, nth }) => times === 1 || overlap === 'both' || (overlap === 'once' && nth === 1),
      );
      const moved = gap === 'once' ? lost.map((one) => one.moved) : [];
      return [...new Set([...taken.map(({ at }) => at), ...moved])].sort((a, b) => a - b);
    };
  };
}
