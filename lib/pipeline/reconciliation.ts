/** How a pipeline is reconciled, as its file says it. */
import { checkSchedule } from '../schedule/slots.ts';
import type { Params, PipelineOptions, Reconciliation } from './options.ts';

/** The share of a table that one run may remove, where the file says nothing. */
const MOST = 0.1;
/** PostgreSQL and Kubernetes take names of 63 characters; the other pipeline's is ten longer. */
const LONGEST_NAME = 53;

/** With its defaults filled in; fails on what cannot work. */
export function reconciliationOf<P extends Params>(
  name: string,
  { reconcile, timezone, tasks }: PipelineOptions<P>,
  fail: (why: string) => never,
): Reconciliation | undefined {
  if (!reconcile) return undefined;
  const { schedule: cron, most = MOST, keepDeleted = false } = reconcile;
  if (name.length > LONGEST_NAME)
    fail(`a name of more than ${LONGEST_NAME} characters has no room for -reconcile.`);
  if (!tasks.some(({ spec }) => spec?.kind === 'ingest'))
    fail('there is no ingest that could be reconciled.');
  if (!(most >= 0 && most <= 1)) fail('reconcile.most is a share from 0 to 1.');
  if (cron === undefined) return { schedule: undefined, most, keepDeleted };
  const schedule = { cron, timezone: reconcile.timezone ?? timezone ?? 'UTC' };
  try {
    checkSchedule(schedule);
  } catch (error) {
    fail(`reconcile: ${error instanceof Error ? error.message : 'its schedule cannot be read'}`);
  }
  return { schedule, most, keepDeleted };
}
