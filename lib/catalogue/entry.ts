/** A pipeline as it is shown: what its file says, and what RunLog knows of it. */
import { USUAL_LEVEL } from '../logs/pipeline-levels.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { reconcileName } from '../pipeline/reconcile-name.ts';
import { inFull } from '../requests/change-schedule.ts';
import { slotsFrom } from '../requests/show-schedule.ts';
import type { Known, LastRun } from './known.ts';
import { paramsSchema } from './params-schema.ts';

/** One without a file is shown as far as it is known: its schedule goes on until somebody ends it. */
export function entryOf(name: string, file: Pipeline | undefined, known: Known) {
  const schedule = known.schedules.find(({ pipeline }) => pipeline === name);
  const pause = known.pauses.find(({ pipeline }) => pipeline === name);
  const last = (wanted: boolean) => known.runs.find((run) => run.component === name && run.done === wanted);
  return {
    name,
    defined: file !== undefined,
    default: file?.default ?? false,
    tags: file?.tags ?? [],
    health: healthOf(last(true)),
    reconciles: file?.reconciles ?? null,
    reconciled_by: file?.reconcile ? reconcileName(name) : null,
    watermarks: known.watermarks.flatMap(({ pipeline, ...mark }) => (pipeline === name ? [mark] : [])),
    last_run: runOf(last(false)),
    paused: pause
      ? { since: pause.paused_at, by: pause.paused_by, why: pause.why, automatic: pause.automatic }
      : null,
    schedule: schedule
      ? {
          ...inFull(schedule),
          origin: schedule.origin,
          since: schedule.valid_from,
          by: schedule.written_by,
          why: schedule.why,
        }
      : null,
    file_schedule: file?.schedule ? inFull(file.schedule) : null,
    next_slots: schedule ? slotsFrom(schedule, known.now) : [],
    policies: file ? policiesOf(file) : null,
    params: file ? paramsSchema(file) : null,
    tasks: (file?.tasks ?? []).map(({ name: task, movesRows, timeout, heartbeat }) => ({
      name: task,
      moves_rows: movesRows,
      timeout: timeout ?? null,
      heartbeat: heartbeat ?? null,
    })),
    log_level: known.levels.find((one) => one.name === name)?.log_level ?? USUAL_LEVEL,
  };
}

const policiesOf = ({ overlap, misfire, retry, deadline, timeout, pauseAfter, key }: Pipeline) => ({
  overlap,
  lanes: key !== undefined,
  misfire: { policy: misfire.policy, max_slots: misfire.maxSlots, max_age_ms: misfire.maxAge },
  retry,
  deadline: deadline ?? null,
  timeout,
  pause_after: pauseAfter ?? null,
});

function healthOf(run: LastRun | undefined): 'ok' | 'failing' | 'unknown' {
  if (!run) return 'unknown';
  return run.status === 'SUCCESS' ? 'ok' : 'failing';
}

function runOf(run: LastRun | undefined) {
  if (!run) return null;
  const { component: _, done: __, ...shown } = run;
  return shown;
}
