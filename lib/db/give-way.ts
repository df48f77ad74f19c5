import { sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';

/** Lets a transaction wait for no lock longer than this, long before PostgreSQL looks for a deadlock: it fails as LOCK_NOT_AVAILABLE. */
export const giveWay = (tx: Tx) => sql`select set_config('lock_timeout', '300ms', true)`.execute(tx);
