import type { Told } from './paths.ts';
import { instant } from './time-text.ts';

type Pause = NonNullable<Told<'getSchedule', 200>['pause']>;

/** `since 2026-11-21 08:04:08Z by ada: the source moves`. */
export const pauseText = ({ paused_at, paused_by, why }: Pause): string =>
  `since ${instant(paused_at)} by ${paused_by}: ${why}`;
