/** A pause as the server tells it. */
import * as z from 'zod';
import { instant } from './time-text.ts';

export const Pause = z.object({
  paused_at: z.string(),
  paused_by: z.string(),
  why: z.string(),
  resumed_at: z.string().nullish(),
});

/** What `POST …/pause` and `POST …/resume` answer. */
export const PauseAnswer = z.object({
  pipeline: z.string(),
  changed: z.boolean(),
  pause: Pause.nullable(),
});

/** `since 2026-11-21 08:04:08Z by ada: the source moves`. */
export const pauseText = ({ paused_at, paused_by, why }: z.infer<typeof Pause>): string =>
  `since ${instant(paused_at)} by ${paused_by}: ${why}`;
