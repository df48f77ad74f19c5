/** Who intervened. */
import type { GeneratedAlways } from 'kysely';
import type { GeneratedTime, JsonColumn, OrNull, TimeOrNull } from './columns.ts';

export type AuditTable = {
  audit_id: GeneratedAlways<number>;
  at: GeneratedTime;
  actor: string;
  came_from: string;
  action: string;
  subject: string;
  why: OrNull<string>;
  details: JsonColumn;
};

export type AuditSealsTable = {
  number: number;
  audit_id: number;
  sealed_at: Date;
  looked_at: TimeOrNull;
  hash: Buffer;
};
