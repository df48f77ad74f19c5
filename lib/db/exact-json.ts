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

/** Reads JSON; numbers that JavaScript would write otherwise go through as they came. */
export const exactJson = (text: string): unknown =>
  JSON.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? JSON.rawJSON(source)
      : value,
  );

/** Reads an object in the same way. */
export const exactObject = (text: string): Record<string, unknown> => Members.parse(exactJson(text));
