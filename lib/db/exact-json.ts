/** JSON of the database with all digits of its numbers. */

import * as z from 'zod';

declare global {
  interface JSON {
    /** A number as it is written. */
    rawJSON(text: string): object;
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
  }
}

const Members = z.record(z.string(), z.unknown());

/** Reads an object; numbers that JavaScript would write otherwise go through as they came. */
export const exactObject = (text: string): Record<string, unknown> =>
  Members.parse(
    JSON.parse(text, (_, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source
        ? JSON.rawJSON(source)
        : value,
    ),
  );
