/** What every step of a reconcile works with. */
import * as z from 'zod';
import type { TaskContext } from '../pipeline/task.ts';
import { firstSize } from './batch-size.ts';
import type { Owner } from './known-ranges.ts';
import type { IngestSpec } from './spec.ts';

/** Rows of the source between two cuts. */
export const RANGE_ROWS = 1000;

/** How far it is: cutting what is new into ranges, comparing them, making equal those that differ. */
export const ReconcileState = z.object({
  phase: z.enum(['cut', 'compare', 'repair']).default('cut'),
  at: z.string().optional(),
  /** Seen in comparing: ranges, those that differ, rows on both sides, rows of the target without their source row. */
  ranges: z.number().default(0),
  differing: z.number().default(0),
  sourceRows: z.number().default(0),
  targetRows: z.number().default(0),
  missing: z.number().default(0),
  /** Done in making equal. */
  equal: z.number().default(0),
  written: z.number().default(0),
  removed: z.number().default(0),
  reelected: z.number().default(0),
  size: z.number().default(firstSize()),
});
export type ReconcileState = z.infer<typeof ReconcileState>;

/** What every step of a reconcile needs. */
export type Reconciling = {
  spec: IngestSpec;
  owner: Owner;
  keepDeleted: boolean;
  most: number;
  /** What of the declaration decides which rows are right: another one makes all ranges differ. */
  declared: string;
  context: Omit<TaskContext<never>, 'params'>;
};
