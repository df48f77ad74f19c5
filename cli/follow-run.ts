/** Waiting for the end of a run, with a line for whatever changes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { getRun } from '../lib/contract/get-run.ts';
import type { Doors } from './doors.ts';
import type { Told } from './paths.ts';
import { colour, note, print, printJson, statusColour } from './print.ts';
import { progressText } from './progress-text.ts';
import { Refused } from './refused.ts';
import { duration, instant, timeOfDay } from './time-text.ts';
import { told } from './told.ts';
import { OUTAGE, Unreachable } from './unreachable.ts';
import { visible } from './visible.ts';

type RunPage = Told<'getRun', 200>;
type Task = RunPage['tasks'][number];

const SECOND = 1000;
const FIRST_PAUSE = 0.2 * SECOND;
const LONGEST_PAUSE = 3 * SECOND;

type Following = { asJson: boolean; timeout: number | undefined };

/** Follows a run to its end; the exit code is 0 only for SUCCESS. */
export async function followRun(doors: Doors, accepted: RunPage, options: Following): Promise<number> {
  const giveUpAt = performance.now() + (options.timeout ?? Number.POSITIVE_INFINITY) * SECOND;
  const say = options.asJson ? note : print;
  const said = new Map<string, string>();
  const params = { path: { run_id: accepted.run_id } };
  let run = accepted;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    for (const [about, line] of linesOf(run)) {
      if (said.get(about) === line) continue;
      said.set(about, line);
      say(`${timeOfDay(new Date())}  ${line}`);
      pause = FIRST_PAUSE;
    }
    const left = giveUpAt - performance.now();
    if (isOver(run) || left <= 0) break;
    await sleep(Math.min(pause, left));
    run = await lookAt(() => told(getRun, doors.GET('/runs/{run_id}', { params })));
  }
  if (options.asJson) printJson(run);
  if (!isOver(run)) {
    note(`error: Run ${visible(run.run_id)} has not ended within ${options.timeout} s; it goes on.`);
    return 1;
  }
  if (run.status !== 'SUCCESS') note(`More of it: npx kubescribe run ${visible(run.run_id)}`);
  return run.status === 'SUCCESS' ? 0 : 1;
}

/** A request may also end without having become a run. */
const isOver = ({ status, request }: RunPage) =>
  status === null ? !['waiting', 'live'].includes(request?.state ?? 'waiting') : status !== 'STARTED';

/** Asks again what is being followed; a server that is away for a moment is waited for. */
export async function lookAt<T>(ask: () => Promise<T>): Promise<T> {
  const since = performance.now();
  for (let said = false; ; ) {
    try {
      return await ask();
    } catch (error) {
      const mayPass =
        error instanceof Unreachable ||
        (error instanceof Refused && (error.status >= 500 || error.status === 429));
      if (!mayPass || performance.now() - since > OUTAGE) throw error;
      if (!said) note(visible(`${error.message} Still trying.`));
      said = true;
      await sleep(SECOND);
    }
  }
}

/** One line for the run and one for each of its tasks, by what they are about. */
function linesOf(run: RunPage): [about: string, line: string][] {
  return [
    ...run.tasks.map((task): [string, string] => [`task ${task.name}`, taskLine(task)]),
    ['run', runLine(run)],
  ];
}

function runLine({ run_id, component, status, request, work, ...run }: RunPage): string {
  const name = visible(`${component ?? 'run'} ${run_id}`);
  if (status === null) {
    const state = `${request?.state ?? 'accepted'}${request?.why ? `: ${request.why}` : ''}`;
    return `${name}  ${visible(state)}`;
  }
  const facts = [
    run.finished_at && `after ${duration(run.duration_ms)}`,
    (work?.attempt ?? 1) > 1 && `attempt ${work?.attempt}`,
    work?.wake_at && `goes on at ${instant(work.wake_at)}`,
    work?.blocked_since && `blocked: ${work.blocked_why ?? 'cause unknown'}`,
    work?.cancel_at && 'being cancelled',
    [run.error_code, run.error_message].filter(Boolean).join(': '),
  ];
  return [
    name,
    colour(statusColour(status), visible(status)),
    ...facts.filter(Boolean).map((f) => visible(String(f))),
  ].join('  ');
}

const books = ['read', 'written', 'unchanged', 'deduped', 'rejected', 'failed'] as const;

function taskLine(task: Task): string {
  const counts = books.filter((term) => task[term]).map((term) => `${term} ${task[term]}`);
  const facts = [task.status === 'STARTED' ? progressText(task) : counts.join(', '), task.error_message];
  const shown = facts.filter(Boolean).map((fact) => visible(String(fact)));
  return [`  ${visible(task.name)}`, colour(statusColour(task.status), visible(task.status)), ...shown].join(
    '  ',
  );
}
