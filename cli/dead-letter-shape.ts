/** What the server says of dead letters, as far as it is shown; unknown members are let be. */
import * as z from 'zod';

const Text = z.string().nullish();

const Explained = z.object({ for: Text, taker: Text, died: Text, since: Text, replay: Text, because: Text });

const Replay = z.object({
  asked_at: Text,
  asked_by: Text,
  why: Text,
  sends: z.number().nullish(),
  taken_at: Text,
  died_at: Text,
});
export type Replay = z.infer<typeof Replay>;

export const DeadLetter = z.object({
  id: z.union([z.number(), z.string()]),
  event_source: Text,
  event_id: Text,
  event_type: Text,
  subject: Text,
  run_id: Text,
  attributes: z.unknown(),
  data: z.unknown(),
  reason: Text,
  error_dest: Text,
  error_code: z.number().nullish(),
  error_data: Text,
  overtaken: z.boolean().nullish(),
  times: z.number().nullish(),
  first_seen: Text,
  last_seen: Text,
  explained: Explained.nullish(),
  replays: z.array(Replay).nullish(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

export const Chosen = z.object({
  dry_run: z.boolean(),
  matching: z.number(),
  useful: z.number(),
  pointless: z.number(),
  refused: z.number(),
  on_its_way: z.number(),
  replayed: z.array(z.number()),
});
