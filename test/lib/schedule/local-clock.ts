/** An oracle for slots: looks at every minute's local time, and knows nothing of the library that we use. */

const MINUTE = 60_000;

type Local = { minute: number; hour: number; day: number; month: number; weekday: number };

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function clockOf(timeZone: string): (at: number) => Local {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const known = new Map<number, Local>();
  const read = (at: number): Local => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return {
      minute: Number(parts.minute),
      hour: Number(parts.hour),
      day: Number(parts.day),
      month: Number(parts.month),
      weekday: WEEKDAYS.indexOf(parts.weekday ?? ''),
    };
  };
  return (at) => {
    const local = known.get(at) ?? read(at);
    known.set(at, local);
    return local;
  };
}

const clocks = new Map<string, (at: number) => Local>();

/** `*`, lists, ranges and steps of numbers. */
function takes(field: string, value: number): boolean {
  return field.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/');
    if (range === '*') return value % Number(step) === 0;
    const [from = '', to = from] = range.split('-');
    return value >= Number(from) && value <= Number(to) && (value - Number(from)) % Number(step) === 0;
  });
}

const ofDay = ({ hour, minute }: Local) => hour * 60 + minute;

/**
 * The slots in (after, until]. A time of day that is one number each comes once a day: in the hour that is repeated the
 * first time, and when the clock skips it at the skip. What repeats by itself follows the clock.
 */
export function slotsByTheClock(cron: string, timezone: string, after: Date, until: Date): Date[] {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ');
  const fixed = /^\d+$/.test(minute) && /^\d+$/.test(hour);
  const clock = clocks.get(timezone) ?? clockOf(timezone);
  clocks.set(timezone, clock);
  const takesDay = (local: Local) =>
    takes(month, local.month) && takes(day, local.day) && takes(weekday, local.weekday);
  const fits = (local: Local) => takes(minute, local.minute) && takes(hour, local.hour) && takesDay(local);
  const wanted = Number(hour) * 60 + Number(minute);

  const slots: Date[] = [];
  const seen = new Set<string>();
  for (let at = after.getTime() + MINUTE; at <= until.getTime(); at += MINUTE) {
    const local = clock(at);
    const before = clock(at - MINUTE);
    const expected = (ofDay(before) + 1) % (24 * 60);
    const skipped = fixed && takesDay(local) && expected <= wanted && wanted < ofDay(local);
    const date = `${local.month}-${local.day}`;
    if (!(fits(local) || skipped) || (fixed && seen.has(date))) continue;
    seen.add(date);
    slots.push(new Date(at));
  }
  return slots;
}
