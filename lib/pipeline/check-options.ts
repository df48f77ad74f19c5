/** What cannot work in a pipeline as it is written. */
import { Tags } from '../contract/run-tags.ts';
import { checkSchedule } from '../schedule/slots.ts';
import { HARD_STOP } from '../work/numbers.ts';
import type { Params, Pipeline, PipelineOptions, Retry } from './options.ts';
import type { Task } from './task.ts';
import { looksLike, sameTable } from './wire.ts';

const SECOND = 1000;

type Fail = (why: string) => never;

/** The tasks alone: names, and which sum up what others write. */
export function checkTasks<P>(tasks: readonly Task<P>[], fail: Fail, { sliced = true } = {}): void {
  if (tasks.length === 0) fail('it has no tasks.');
  const names = tasks.map((task) => task.name);
  if (new Set(names).size !== names.length) fail('two tasks have the same name.');
  for (const { name, timeout, heartbeat } of tasks) {
    checkSeconds(timeout, `the timeout of task "${name}"`, fail);
    checkSeconds(heartbeat, `the heartbeat of task "${name}"`, fail);
    if (sliced && heartbeat && heartbeat * SECOND >= HARD_STOP)
      fail(
        `the heartbeat of task "${name}" must be below ${HARD_STOP / SECOND} s, when a slice ends anyway.`,
      );
  }
  checkSummaries(tasks, fail);
}

/** A summary that is told of nothing, or too late, would be wrong without a word. */
function checkSummaries<P>(tasks: readonly Task<P>[], fail: Fail): void {
  for (const [at, { name, rollsUp }] of tasks.entries()) {
    if (!rollsUp) continue;
    for (const [there, { name: writer, writes }] of tasks.entries()) {
      if (writes === undefined) continue;
      if (looksLike(writes, rollsUp.from))
        fail(`"${writer}" writes "${writes}", "${name}" sums up "${rollsUp.from}": name the table alike.`);
      if (sameTable(writes, rollsUp.from) && there > at)
        fail(`"${name}" must come after "${writer}", whose rows it sums up.`);
    }
  }
}

/** A schedule that can be read, and params and a key that a slot can have. */
export function checkSlots<P extends Params>(
  options: { params: PipelineOptions<P>['params']; key?: ((params: P) => string) | undefined },
  schedule: Pipeline['schedule'],
  fail: Fail,
): void {
  if (!schedule) return;
  try {
    checkSchedule(schedule);
  } catch (error) {
    fail(error instanceof Error ? error.message : 'its schedule cannot be read');
  }
  const empty = options.params.safeParse({});
  if (!empty.success) fail('a slot runs without params, so each param needs a default.');
  try {
    options.key?.(empty.data as P);
  } catch (error) {
    fail(
      `its key cannot be made of a slot's params: ${error instanceof Error ? error.message : 'it throws'}`,
    );
  }
}

/** Policies and clocks, with their defaults filled in. */
export function checkPolicies(pipeline: Omit<Pipeline, 'tasks' | 'params'>, fail: Fail): void {
  const { overlap, misfire, timeout, deadline, pauseAfter } = pipeline;
  if (misfire.policy === 'all' && overlap.slots === 'skip')
    fail('misfire "all" has no use when slots skip: let them queue.');
  if (Object.values(overlap).includes('allow') && !pipeline.key)
    fail('overlap "allow" needs a key, which makes the lanes.');
  checkSeconds(timeout, 'its timeout', fail);
  checkSeconds(deadline, 'its deadline', fail);
  if (pauseAfter !== undefined && !(Number.isInteger(pauseAfter) && pauseAfter > 0))
    fail('pauseAfter must be a whole number above 0.');
  if (!(misfire.maxSlots >= 0 && misfire.maxAge >= 0))
    fail('misfire.maxSlots and misfire.maxAge must be 0 or more.');
  checkRetry(pipeline.retry, fail);
  const tags = Tags.safeParse(pipeline.tags);
  if (!tags.success) fail(`its tags are not right: ${tags.error.issues[0]?.message}.`);
}

const CLASSES = ['away', 'conflict', 'timeout', 'failed'];

function checkRetry(retry: Retry, fail: Fail): void {
  const unknown = Object.keys(retry.per).find((name) => !CLASSES.includes(name));
  if (unknown) fail(`retry.per knows ${CLASSES.join(', ')}, not "${unknown}".`);
  for (const [of, { attempts = 1, backoff = 0, longest = 0 }] of [
    ['retry', retry] as const,
    ...Object.entries(retry.per).map(([name, own]) => [`retry.per.${name}`, own] as const),
  ]) {
    if (!Number.isInteger(attempts) || attempts < 1) fail(`${of}.attempts must be 1 or more.`);
    if (!(backoff >= 0 && longest >= 0)) fail(`${of}.backoff and ${of}.longest must be numbers of seconds.`);
  }
}

function checkSeconds(value: number | undefined, what: string, fail: Fail): void {
  if (value !== undefined && !(value > 0 && Number.isFinite(value)))
    fail(`${what} must be a number of seconds above 0.`);
}
