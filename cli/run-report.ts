import type { Told } from './paths.ts';
import { type Column, colour, print, printFacts, printTable, statusColour } from './print.ts';
import { progressText } from './progress-text.ts';
import { duration, instant } from './time-text.ts';
import { visible, visibleLines } from './visible.ts';

type RunPage = Told<'getRun', 200>;
type Attempt = RunPage['attempts'][number];
type Task = RunPage['tasks'][number];

const STACK_LINES = 12;

/** Writes what there is to know of a run. */
export function printRun(run: RunPage): void {
  const { request, work } = run;
  printFacts([
    ['run', run.run_id],
    ['pipeline', run.component],
    ['status', run.status ?? `none yet: the request is ${request?.state ?? 'unknown'}`],
    ['why', request?.why !== run.status ? request?.why : undefined],
    ['started', run.started_at && instant(run.started_at)],
    ['finished', run.finished_at && `${instant(run.finished_at)} after ${duration(run.duration_ms)}`],
    ['trigger', [run.trigger, run.source && `on ${run.source}`].filter(Boolean).join(' ')],
    ['slot', request?.slot && `${instant(request.slot)}${request.late ? ', late' : ''}`],
    ['requested', request?.requested_at && requested(request)],
    ['replay of', request?.replay_of && replayed(request)],
    ['replayed by', run.replays.join(', ')],
    ['params', notEmpty(request?.params)],
    ['work', work && workText(work)],
    ['error', [run.error_code, run.error_message].filter(Boolean).join(': ')],
  ]);
  if (run.error_stack) {
    const lines = visibleLines(run.error_stack);
    for (const line of lines.slice(0, STACK_LINES)) print(`  ${colour('dim', line.trimStart())}`);
    if (lines.length > STACK_LINES) print(`  … ${lines.length - STACK_LINES} more lines with -o json`);
  }
  if (run.attempts.length > 1) {
    print();
    printTable(attemptColumns, run.attempts);
  }
  if (run.tasks.length > 0) {
    print();
    printTable(taskColumns, run.tasks);
  }
  if (run.logs.length > 0) {
    print();
    for (const { timestamp, level, message } of run.logs) {
      print(`${instant(timestamp)}  ${visible(level ?? '-').padEnd(5)}  ${visible(message)}`);
    }
  }
}

const attemptColumns: Column<Attempt>[] = [
  { title: 'ATTEMPT', text: ({ attempt }) => attempt, right: true },
  { title: 'STARTED', text: ({ started_at }) => instant(started_at) },
  { title: 'ENDED', text: ({ ended_at }) => instant(ended_at) },
  { title: 'LEFT', text: ({ left_as }) => left_as },
  { title: 'CLASS', text: ({ error_class }) => error_class },
  {
    title: 'CAUSE',
    text: ({ error_code, error_message }) => [error_code, error_message].filter(Boolean).join(': '),
    most: 100,
  },
];

const books = ['read', 'written', 'unchanged', 'deduped', 'rejected', 'failed'] as const;

const taskColumns: Column<Task>[] = [
  { title: 'TASK', text: (task) => task.name },
  { title: 'STATUS', text: (task) => task.status, colour: statusColour },
  { title: 'TRY', text: (task) => task.attempt, right: true },
  { title: 'DURATION', text: (task) => duration(task.duration_ms), right: true },
  ...books.map((term) => ({ title: term.toUpperCase(), text: (task: Task) => task[term], right: true })),
  { title: 'PROGRESS', text: progressText },
  { title: 'ERROR', text: (task) => task.error_message, most: 80 },
];

type Request = NonNullable<RunPage['request']>;

const requested = ({ requested_at, requested_by: by, wish_why: why }: Request) =>
  `${instant(requested_at)}${by ? ` by ${by}` : ''}${why ? `: ${why}` : ''}`;

const replayed = ({ replay_of, resumed_from }: Request) =>
  `${replay_of}${resumed_from ? `, from its task ${resumed_from.task} on` : ''}`;

const notEmpty = (params: Record<string, unknown> | null | undefined) =>
  params && Object.keys(params).length > 0 ? JSON.stringify(params) : undefined;

const cancelText = ({ cancel_at, cancel_by: by, cancel_why: why }: NonNullable<RunPage['work']>) =>
  `cancel asked for at ${instant(cancel_at)}${by ? ` by ${by}` : ''}${why ? `: ${why}` : ''}`;

function workText(work: NonNullable<RunPage['work']>): string {
  return [
    `attempt ${work.attempt}, checkpoint ${work.checkpoint}`,
    work.deaths ? `its worker died ${work.deaths} times` : undefined,
    work.wake_at && `goes on at ${instant(work.wake_at)}`,
    work.cancel_at && cancelText(work),
    work.blocked_since &&
      `blocked since ${instant(work.blocked_since)}: ${work.blocked_why ?? 'cause unknown'}`,
  ]
    .filter(Boolean)
    .join('; ');
}
