import * as z from 'zod';

export const RunStatus = z.enum(['STARTED', 'SUCCESS', 'ERROR', 'CANCELLED', 'TIMEOUT']);
export const Trigger = z.enum(['cron', 'api', 'manual']);
export const Source = z.enum(['k8s', 'local', 'ci']);

/** What became of the wish for a run. */
export const RequestState = z.enum(['waiting', 'live', 'ran', 'skipped', 'missed', 'replaced', 'cancelled']);

/** A run as lists show it: the promised columns. */
export const RunRow = z
  .object({
    run_id: z.guid(),
    status: RunStatus,
    started_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
    duration_ms: z.int().nullable(),
    component: z.string().meta({ description: 'The pipeline, or the program that recorded the run.' }),
    trigger: Trigger.nullable(),
    source: Source.nullable(),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
    meta: z.record(z.string(), z.unknown()).nullable(),
    tags: z.array(z.string()),
  })
  .meta({ id: 'RunRow' });
export type RunRow = z.infer<typeof RunRow>;

/** The columns that a list can be asked for; the stack of an error comes only by its name. */
export const RunField = z.enum([...RunRow.keyof().options, 'error_stack']);
export type RunField = z.infer<typeof RunField>;

/** A run of which some columns were asked for, or all but the stack. */
export const ListedRun = RunRow.partial()
  .extend({ error_stack: z.string().nullable().optional() })
  .meta({ id: 'ListedRun' });
export type ListedRun = z.infer<typeof ListedRun>;
