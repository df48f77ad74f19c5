/** A line of the log on its way to the one table. */
import type { LogLine } from '../contract/log-line.ts';
import type { LeftOut } from './share.ts';

export type Level = LogLine['level'];
export type Stream = LogLine['stream'];

/** Whose a line is; lines of one place share the object. */
export type Origin = {
  readonly runId: string | null;
  readonly taskRunId: string | null;
  readonly attempt: number | null;
  readonly epoch: number | null;
};

export type Line = {
  readonly origin: Origin;
  /** Its place among all lines of its writer. */
  readonly n: number;
  /** When it was said: milliseconds by the steady clock that `saidNow` reads. */
  readonly said: number;
  readonly level: Level;
  readonly stream: Stream;
  readonly message: string;
  readonly metadata: string | null;
  /** What the line tells to have been left out: counted with the run when the line is stored. */
  readonly left?: LeftOut;
};

/** Steady within a process, and comparable between processes of one machine; RunLog's clock makes an instant of its age. */
export const saidNow = (): number => performance.timeOrigin + performance.now();

const BYTES_A_CHARACTER = 2;
const OBJECT = 200;

/** About how much memory a line takes, in bytes. */
export const weightOf = ({ message, metadata }: Line): number =>
  OBJECT + BYTES_A_CHARACTER * (message.length + (metadata?.length ?? 0));
