/** Events that leave, those that came back dead, and who is told what. */
import type { Generated, GeneratedAlways } from 'kysely';
import type { GeneratedTime, JsonColumn, JsonOrNull, OrNull, TimeOrNull } from './columns.ts';

export type OutboxTable = {
  id: string;
  type: string;
  source: string;
  subject: string;
  run_id: OrNull<string>;
  checkpoint: OrNull<number>;
  extensions: JsonColumn;
  data: JsonColumn;
  time: GeneratedTime;
  due_at: GeneratedTime;
  sent_at: TimeOrNull;
  sends: Generated<number>;
  done_at: TimeOrNull;
};

export type DeadLettersTable = {
  id: GeneratedAlways<number>;
  event_source: string;
  event_id: string;
  event_type: string;
  subject: OrNull<string>;
  run_id: OrNull<string>;
  attributes: JsonColumn;
  data: JsonOrNull;
  reason: string;
  error_dest: OrNull<string>;
  error_code: OrNull<number>;
  error_data: OrNull<string>;
  overtaken: Generated<boolean>;
  times: Generated<number>;
  first_seen: GeneratedTime;
  last_seen: GeneratedTime;
  /** Exactly what came, to be sent again. */
  body: OrNull<string>;
  /** Why what is kept is not what came. */
  altered: OrNull<string>;
  replayed_at: TimeOrNull;
  pipeline: GeneratedAlways<string | null>;
  death: GeneratedAlways<'no-answer' | 'poison' | 'failed' | 'refused'>;
};

export type DeadLetterReplaysTable = {
  replay_id: GeneratedAlways<number>;
  dead_letter_id: number;
  asked_at: GeneratedTime;
  asked_by: string;
  why: string;
  sends: Generated<number>;
  tried_at: TimeOrNull;
  taken_at: TimeOrNull;
  died_at: TimeOrNull;
};

export type AlertNotificationsTable = {
  id: GeneratedAlways<number>;
  subject: string;
  transition: 'failed' | 'timed-out' | 'blocked' | 'recovered' | 'missed' | 'paused';
  channel: 'email';
  recipient: string;
  pipeline: string;
  run_id: OrNull<string>;
  facts: JsonColumn;
  status: Generated<'pending' | 'sent' | 'failed'>;
  message_id: string;
  attempts: Generated<number>;
  lease_until: TimeOrNull;
  next_at: GeneratedTime;
  last_error: OrNull<string>;
  created_at: GeneratedTime;
  sent_at: TimeOrNull;
};
