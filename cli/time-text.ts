const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `2026-11-21 08:04:08Z`; what is no time stays as it came, and nothing is `-`. */
export function instant(text: string | null | undefined): string {
  if (text === null || text === undefined) return '-';
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : `${time.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** `08:04:08Z`. */
export function timeOfDay(time: Date): string {
  return `${time.toISOString().slice(11, 19)}Z`;
}

/** `950 ms`, `12.3 s`, `4 m 05 s`, `2 h 03 m`, `3 d 04 h`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '-';
  const whole = Math.max(0, Math.round(ms));
  if (whole < SECOND) return `${whole} ms`;
  if (whole < MINUTE - SECOND / 20) return `${(whole / SECOND).toFixed(1)} s`;
  if (whole < HOUR - SECOND / 2) return two(Math.round(whole / SECOND), 60, 'm', 's');
  if (whole < DAY - MINUTE / 2) return two(Math.round(whole / MINUTE), 60, 'h', 'm');
  return two(Math.round(whole / HOUR), 24, 'd', 'h');
}

function two(units: number, each: number, large: string, small: string): string {
  return `${Math.floor(units / each)} ${large} ${String(units % each).padStart(2, '0')} ${small}`;
}
