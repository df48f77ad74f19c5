/** Whether RunLog knows the schedules that the pipeline files declare: only from its rows are slots planned. */
import type { Config } from '../../lib/config.ts';
import { openRunLog } from '../../lib/db/connect.ts';
import { loadPipelines } from '../../lib/pipeline/load.ts';
import { type ScheduleRow, sameSchedule } from '../../lib/requests/change-schedule.ts';
import { showSchedule } from '../../lib/requests/show-schedule.ts';
import type { Schedule } from '../../lib/schedule/slots.ts';
import { databaseUrl, givenUrl } from '../database-url.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const MEND = 'run `npx kubescribe migrate`, which writes the schedules';

type Shown = Awaited<ReturnType<typeof showSchedule>>['shown'];

/** Findings about schedules; none when RunLog or the pipelines cannot be read, which others tell. */
export async function checkDeclared(config: Config): Promise<Finding[]> {
  try {
    const embedded = givenUrl(config, 'runlog') === undefined;
    const all = await readSchedules(config);
    return all.flatMap((shown) => [
      ...(shown.file || shown.schedule ? [compare(shown, embedded)] : []),
      ...pauseOf(shown),
    ]);
  } catch {
    return [];
  }
}

async function readSchedules(config: Config): Promise<Shown[]> {
  const pipelines = await loadPipelines(config.pipelines);
  const db = openRunLog(databaseUrl(config, 'runlog'), { name: 'kubescribe doctor' });
  try {
    const all = [];
    for (const pipeline of pipelines) all.push((await showSchedule(db, pipeline, 1)).shown);
    return all;
  } finally {
    await db.destroy().catch(() => {});
  }
}

const words = ({ cron, timezone }: Schedule) => `"${cron}", ${timezone}`;
const clocks = ({ gap, overlap }: Schedule) => ` (gap ${gap}, overlap ${overlap})`;

function compare(shown: Shown, embedded: boolean): Finding {
  const { pipeline, schedule, file } = shown;
  const none = `Schedule of ${pipeline}: RunLog has none, so it never runs by itself`;
  if (!schedule && embedded) return warn(none, 'nothing, when `make run` was told --no-demo');
  if (!schedule) return fail(none, MEND);
  if (schedule.origin === 'override') return overridden(shown, schedule);
  if (sameSchedule(schedule, file ?? undefined)) return ok(`Schedule of ${pipeline}: ${words(schedule)}`);
  // What is the same need not be read twice, but then the difference is in what else there is.
  const rest = file && words(file) === words(schedule) ? clocks : () => '';
  const says = file ? words(file) + rest(file) : 'none';
  const has = `${words(schedule)}${rest(schedule)}, written by ${schedule.written_by}`;
  return fail(`Schedule of ${pipeline}: RunLog has ${has}; its file says ${says}`, MEND);
}

function overridden({ pipeline, file, file_changed }: Shown, schedule: ScheduleRow): Finding {
  const { written_by, valid_from, why } = schedule;
  const reason = why ? `: ${why}` : '';
  const since = file_changed ? ', which changed since' : '';
  const says = file ? words(file) : 'none';
  return warn(
    `Schedule of ${pipeline}: ${words(schedule)}, set by ${written_by} on ${valid_from.toISOString()}${reason}; its file says ${says}${since}`,
    `nothing, when that is meant; \`npx kubescribe schedule reset ${pipeline}\` goes back to the file`,
  );
}

function pauseOf({ pipeline, pause }: Shown): Finding[] {
  if (!pause) return [];
  const { paused_at, paused_by, why } = pause;
  return [
    warn(
      `${pipeline} is paused since ${paused_at.toISOString()} by ${paused_by}: ${why}`,
      `\`npx kubescribe resume ${pipeline}\` when its slots shall run again`,
    ),
  ];
}
