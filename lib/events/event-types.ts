/** Every event of ours: its type and the shape of its data. */
import * as z from 'zod';

const PREFIX = 'dev.kubescribe.';

const Run = z.object({ run_id: z.uuid(), pipeline: z.string() });
const Slice = Run.extend({ checkpoint: z.int().min(0) });
const Ended = Run.extend({
  lane: z.string(),
  status: z.enum(['SUCCESS', 'ERROR', 'CANCELLED', 'TIMEOUT']),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  recovered: z.boolean(),
});

/** The data of each type, by its name without the prefix. */
export const eventData = {
  'run.requested': Slice,
  'run.continue': Slice,
  'run.started': Run,
  'run.succeeded': Ended,
  'run.failed': Ended,
  'run.cancelled': Ended,
  'run.timed-out': Ended,
  'run.blocked': Run.extend({ since: z.string(), why: z.string() }),
  'slot.missed': z.object({ pipeline: z.string(), slot: z.string(), gap: z.string(), why: z.string() }),
  'pipeline.paused': z.object({
    pipeline: z.string(),
    pause: z.int(),
    paused_at: z.string(),
    paused_by: z.string(),
    why: z.string(),
    automatic: z.boolean(),
    /** The run whose failure paused it by itself. */
    run_id: z.uuid().nullable(),
  }),
  'notification.due': z.object({ notification: z.int() }),
  'upkeep.due': z.object({}),
};

export type EventName = keyof typeof eventData;
export type EventData<N extends EventName> = z.infer<(typeof eventData)[N]>;

/** `run.failed` → `dev.kubescribe.run.failed`. */
export const typeOf = (name: EventName) => `${PREFIX}${name}`;

/** The tick of a PingSource, told apart by its extension `tick`. */
export const TICK = 'dev.knative.sources.ping';
