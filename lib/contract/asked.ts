/** What requests are made of, wherever they go. */
import * as z from 'zod';

/** The largest page. */
const MAX_LIMIT = 200;
/** A page whose size nobody named. */
export const PAGE = 50;

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

/** The years of which every time around has four digits, and a date in the database. */
const YEARS = { first: Date.UTC(1000), end: Date.UTC(9999) };

/** A time with its zone or offset. */
export const Instant = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine(
    (time) => time.getTime() >= YEARS.first && time.getTime() < YEARS.end,
    'must be of the years 1000 to 9998',
  );

/** A text that the database can look for. */
export const Name = z.string().regex(/^[^\0]*$/, 'holds a NUL');

/** The name of a pipeline in a path; one that nobody knows is a 404, whatever it looks like. */
export const PipelineName = z.string().meta({ description: "The pipeline's name.", example: 'market-bars' });

/** The id of a run, or of the request that may become one. */
export const RunId = z
  .guid('must be a UUID')
  .meta({ description: 'The id of the run.', example: '0192f3c4-5d6e-7f80-9123-456789abcdef' });

/** `Idempotency-Key`, quoted or bare. */
export const IdempotencyKey = z
  .string()
  .transform((text) => text.replace(/^"(.*)"$/, '$1'))
  .pipe(z.string().regex(/^.{1,255}$/u, 'must have 1 to 255 characters'))
  .optional()
  .meta({
    override: { type: 'string', minLength: 1, maxLength: 257 },
    description:
      'Of your choice, quoted or bare: the same wish sent again with the same key is done once, and gets the first answer again; another wish with it is a 422.',
    example: '"import-2026-11-20"',
  });

/** `If-None-Match`. */
export const IfNoneMatch = z.string().optional().meta({
  description: 'An `ETag` that you have: the answer is 304 without a body while it is still that.',
});

/** `If-Match`: the version that a caller saw before it asked for a change; undefined: whichever it is. */
export const IfMatch = z
  .string()
  // A proxy that packs answers makes their tags weak; the versions are ours all the same.
  .transform((tag) => (tag.trim() === '*' ? undefined : tag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1')))
  .optional()
  .meta({
    override: { type: 'string' },
    description: 'The `ETag` that you saw: what somebody else changed since is not overwritten (412).',
  });

/** `Prefer`. */
export const Prefer = z.string().optional().meta({
  description:
    '`wait=N`: hold the answer up to N seconds for the end of what was asked for. Others are ignored.',
  example: 'wait=30',
});
