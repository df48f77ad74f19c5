/** What answers are made of, wherever they come from. */
import * as z from 'zod';

/** An instant in UTC. */
export const Time = z.iso.datetime();
export const TimeOrNull = Time.nullable();
export const TextOrNull = z.string().nullable();
export const CountOrNull = z.int().nullable();
export const IdOrNull = z.guid().nullable();
/** Members that are the pipeline's own. */
export const Members = z.record(z.string(), z.unknown());
