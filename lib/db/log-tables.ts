/** What writers of log lines keep beside them. */
import type { Generated } from 'kysely';
import type { GeneratedTime } from './columns.ts';

export type LogWritersTable = { id: string; lines: number; seen_at: GeneratedTime };

export type LogCountsTable = {
  run_id: string;
  written: Generated<number>;
  repeated: Generated<number>;
  over_budget: Generated<number>;
  crowded_out: Generated<number>;
};
