/** What requests are made of, wherever they go. */
import * as z from 'zod';

/** The largest page. */
const MAX_LIMIT = 200;
const PAGE = 50;

export const Limit = z.coerce
  .number<string>()
  .int()
  .min(1)
  .max(MAX_LIMIT)
  .default(PAGE)
  .meta({
    override: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: PAGE },
    description: 'How many at most.',
  });

export const Cursor = z.string().meta({ description: 'From the `Link` header of a page before; opaque.' });

/** A time with its zone or offset. */
export const Instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** A text that the database can look for. */
export const Name = z.string().regex(/^[^\0]*$/, 'holds a NUL');
