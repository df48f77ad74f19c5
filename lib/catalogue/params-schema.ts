import * as z from 'zod';
import type { Pipeline } from '../pipeline/options.ts';

type Schema = Record<string, unknown>;

const made = new WeakMap<Pipeline, Schema>();

/** The params of a pipeline as JSON Schema, as one sends them; what JSON Schema cannot say takes anything. */
export function paramsSchema(pipeline: Pipeline): Schema {
  const before = made.get(pipeline);
  if (before) return before;
  const { '~standard': _, ...schema } = z.toJSONSchema(pipeline.params, {
    io: 'input',
    unrepresentable: 'any',
  });
  made.set(pipeline, schema);
  return schema;
}
