/** What was answered to whom asked with an Idempotency-Key. */
import type { GeneratedTime, OrNull } from './columns.ts';

export type FirstAnswersTable = {
  idempotency_key: string;
  question: string;
  run_id: OrNull<string>;
  backfill_id: OrNull<string>;
  subjects: OrNull<string[]>;
  status: OrNull<number>;
  location: OrNull<string>;
  body: OrNull<string>;
  asked_at: GeneratedTime;
};
