/** Runs of the pipeline `e2e-steps`, which leave a row a step: whoever looks can tell lost and doubled ones. */
import type { Shown } from './door.ts';
import { until } from './patience.ts';
import type { Stage } from './stage.ts';

const SECOND = 1000;

export type StepRun = { id: string; label: string; steps: number };

/** Asks for one; `pause` is between two steps, in ms. */
export async function startSteps(
  { door }: Stage,
  label: string,
  params: { steps: number; pause?: number; fail?: boolean },
): Promise<StepRun> {
  const own = `${label}-${Date.now()}`;
  return { id: await door.trigger('e2e-steps', { label: own, ...params }), label: own, steps: params.steps };
}

/** Waits until so many steps are done. */
export async function reached(
  stage: Stage,
  run: StepRun,
  step: number,
  patience = 90 * SECOND,
): Promise<void> {
  await until(
    `step ${step} of run ${run.id}`,
    patience,
    async () => (await steps(stage, run)).length >= step,
  );
}

/** Waits for the end of a run. */
export async function ended({ door }: Stage, { id }: { id: string }, patience: number): Promise<Shown> {
  return until(`the end of run ${id}`, patience, async () => {
    const run = await door.run(id);
    return door.isOver(run) && run;
  });
}

/** Waits until it is SUCCESS, and demands every row once. */
export async function succeeded(stage: Stage, run: StepRun, patience: number): Promise<Shown> {
  const shown = await ended(stage, run, patience);
  if (shown.status !== 'SUCCESS')
    throw new Error(`run ${run.id} ended ${shown.status}: ${shown.error_code} ${shown.error_message}`);
  const done = await steps(stage, run);
  const wanted = Array.from({ length: run.steps }, (_, at) => at + 1);
  if (done.join() !== wanted.join())
    throw new Error(`run ${run.id} left the steps ${done.join()} and not 1 to ${run.steps}, each once`);
  return shown;
}

/** Its rows, in order. */
async function steps({ inside }: Stage, { label }: StepRun): Promise<number[]> {
  const [there] = await inside.rows(
    'report',
    `select to_regclass('kubescribe.e2e_steps') is not null as there`,
  );
  if (!there?.there) return [];
  const rows = await inside.rows(
    'report',
    'select step from kubescribe.e2e_steps where label = $1 order by step',
    [label],
  );
  return rows.map(({ step }) => Number(step));
}

/** How its slices were worked on, for people: `2 slices, left as died, ended`. */
export async function sliceStory({ inside }: Stage, { id }: { id: string }): Promise<string> {
  const rows = await inside.rows(
    'runlog',
    'select left_as, instance, revision from run_slices where run_id = $1 order by epoch',
    [id],
  );
  const pods = new Set(rows.map(({ instance }) => instance)).size;
  return `${rows.length} slices by ${pods} pods, left as ${rows.map((row) => row.left_as).join(', ')}`;
}

/** How often its events had to be sent. */
export async function eventStory({ inside }: Stage, { id }: { id: string }): Promise<string> {
  const [told] = await inside.rows(
    'runlog',
    'select count(*)::int as events, sum(sends)::int as sends from outbox where run_id = $1',
    [id],
  );
  return `${told?.events} events, sent ${told?.sends} times in all`;
}
