/** How much is kept of what each pipeline's runs log: known by this process, which hears of changes while they run. */
import type { Level } from './line.ts';

/** Of a pipeline for which nobody has said another. */
export const USUAL_LEVEL: Level = 'info';

export type PipelineLevels = {
  /** The least that is kept; of what is no pipeline's, everything. */
  of(pipeline: string | undefined): Level;
  /** What RunLog says of a pipeline; null: nothing. */
  heard(pipeline: string, level: Level | null): void;
};

/** Levels of which nothing was heard yet. */
export function pipelineLevels(): PipelineLevels {
  const known = new Map<string, Level>();
  return {
    of: (pipeline) => (pipeline === undefined ? 'debug' : (known.get(pipeline) ?? USUAL_LEVEL)),
    heard(pipeline, level) {
      if (level) known.set(pipeline, level);
      else known.delete(pipeline);
    },
  };
}
