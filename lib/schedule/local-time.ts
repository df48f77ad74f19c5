/** Instants on the clocks of a zone as people read and write them. */
import { AROUND, offsetAt } from './zone.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** `2026-11-20T02:00:00+01:00`: an instant as the zone's clock shows it. */
export function localTime(at: Date, timezone: string): string {
  const offset = offsetAt(timezone, at.getTime());
  const shown = new Date(at.getTime() + offset).toISOString().slice(0, 19);
  return `${shown}${offset < 0 ? '-' : '+'}${clockLength(Math.abs(offset))}`;
}

function clockLength(ms: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const seconds = Math.floor(ms / SECOND) % 60;
  const rest = seconds === 0 ? '' : `:${two(seconds)}`;
  return `${two(Math.floor(ms / HOUR))}:${two(Math.floor(ms / MINUTE) % 60)}${rest}`;
}

/** What a time on the zone's clock stands for: one instant; two where clocks were put back; none where put forward. */
export type Reading = {
  instants: Date[];
  /** When it is none: the instant as much later as the clocks were put forward, and what they did. */
  leftOut?: { shifted: Date; from: string; to: string };
};

/** Reads `2026-11-20T02:00:00` in a zone. */
export function readLocal(local: string, timezone: string): Reading {
  const shown = Date.parse(`${local}Z`);
  const before = offsetAt(timezone, shown - AROUND);
  const after = offsetAt(timezone, shown + AROUND);
  const instants = [...new Set([before, after])]
    .map((offset) => shown - offset)
    .filter((at) => offsetAt(timezone, at) === shown - at)
    .sort((a, b) => a - b)
    .map((at) => new Date(at));
  if (instants.length > 0) return { instants };
  const turn = turnBetween(shown - AROUND, shown + AROUND, timezone);
  const time = (offset: number) => new Date(turn + offset).toISOString().slice(11, 16);
  return { instants, leftOut: { shifted: new Date(shown - before), from: time(before), to: time(after) } };
}

/** The first ms after the zone's offset changed, where it changed once. */
function turnBetween(before: number, after: number, timezone: string): number {
  const old = offsetAt(timezone, before);
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timezone, middle) === old) low = middle;
    else high = middle;
  }
  return high;
}
