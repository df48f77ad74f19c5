const UTC = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/;

/** A time as PostgreSQL writes it in a session in UTC, in RFC 3339 with milliseconds: a third of what a Date costs. */
export function instant(text: string): string | null {
  const [, day, time, fraction = ''] = UTC.exec(text) ?? [];
  // Infinity, and years that take more than four digits.
  if (!day) return new Date(text).toJSON();
  return `${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}

/** The same with all six digits, which a Date would round. */
export const exactInstant = (text: string): string => text.replace(' ', 'T').replace('+00', 'Z');
