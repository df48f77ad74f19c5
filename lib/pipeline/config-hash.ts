import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Pipeline } from './options.ts';

/** Characters of the hash that are kept. */
const LENGTH = 16;
const known = new WeakMap<Pipeline, string>();

/**
 * A hash of what a pipeline declares: two runs with the same one were told the same. Functions count by their text, so
 * a bundle's differ from those of the files that it was made of.
 */
export function configHash(pipeline: Pipeline): string {
  const before = known.get(pipeline);
  if (before) return before;
  const { params, ...declared } = pipeline;
  const schema = z.toJSONSchema(params, { unrepresentable: 'any', io: 'input' });
  const text = JSON.stringify(canonical({ ...declared, params: schema }));
  const hash = createHash('sha256').update(text).digest('hex').slice(0, LENGTH);
  known.set(pipeline, hash);
  return hash;
}

/** The same value with its names in order, and functions as their text. */
function canonical(value: unknown): unknown {
  if (typeof value === 'function') return String(value);
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  );
}
