import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { PipelineError, pipeline } from '../../../lib/pipeline/define.ts';
import type { PipelineOptions } from '../../../lib/pipeline/options.ts';
import { task } from '../../../lib/pipeline/task.ts';

type Options = PipelineOptions<Record<string, unknown>>;

const step = (name: string) => task<Record<string, unknown>>(name, async function* () {});
const summary = (name: string, from: string) => ({
  ...step(name),
  rollsUp: { from, into: 'days', by: { day: 'day' } },
});
const plain: Options = { params: z.strictObject({}), tasks: [step('one')] };
const define = (more: Partial<Options> = {}, name = 'p') => pipeline(name, { ...plain, ...more });

describe('a pipeline that says little', () => {
  test('runs only when asked, its people queue, its slots skip, what was missed is asked for once', () => {
    expect(define()).toMatchObject({
      name: 'p',
      default: false,
      schedule: undefined,
      key: undefined,
      overlap: { slots: 'skip', people: 'queue-all' },
      misfire: { policy: 'last', maxSlots: 100, maxAge: 24 * 3600 * 1000 },
      timeout: 3600,
      retry: { attempts: 3, backoff: 10 },
    });
  });

  test('with a key runs its lanes side by side', () => {
    expect(define({ key: () => 'k' }).overlap).toEqual({ slots: 'allow', people: 'queue-all' });
  });

  test('keeps what is said, and the rest as it is', () => {
    const made = define({ retry: { attempts: 1 }, misfire: { policy: 'all' }, overlap: { people: 'skip' } });

    expect(made).toMatchObject({
      retry: { attempts: 1, backoff: 10 },
      misfire: { policy: 'all', maxSlots: 100 },
      overlap: { slots: 'queue-all', people: 'skip' },
    });
  });
});

describe('a pipeline is refused, by its name, for', () => {
  test.each<[string, Partial<Options>, string]>([
    ['no tasks', { tasks: [] }, 'no tasks'],
    ['two tasks of one name', { tasks: [step('a'), step('a')] }, 'same name'],
    [
      'a summary before what it sums up',
      { tasks: [summary('b', 'bars'), { ...step('a'), writes: 'bars' }] },
      '"b" must come after "a"',
    ],
    [
      'a table that is named in two ways',
      { tasks: [{ ...step('a'), writes: 'bars' }, summary('b', 'market.bars')] },
      'name the table alike',
    ],
    ['a schedule without a zone', { schedule: '* * * * *' }, 'timezone'],
    ['a schedule that is none', { schedule: '@every 5m', timezone: 'UTC' }, 'five cron fields'],
    ['an empty schedule', { schedule: '', timezone: 'UTC' }, 'five cron fields'],
    ['a zone that is none', { schedule: '* * * * *', timezone: 'Mars/Base' }, 'Mars/Base'],
    [
      'a schedule and a param without a default',
      { schedule: '* * * * *', timezone: 'UTC', params: z.object({ a: z.string() }) },
      'default',
    ],
    ['lanes without a key', { overlap: { slots: 'allow' } }, 'key'],
    [
      'a heartbeat longer than a slice',
      { tasks: [{ ...step('a'), heartbeat: 60 }] },
      'heartbeat of task "a"',
    ],
    ['a class of errors that is none', { retry: { per: { nothing: {} } as never } }, 'nothing'],
    ['a timeout of nothing', { timeout: 0 }, 'timeout'],
    ['a timeout without end', { timeout: Number.POSITIVE_INFINITY }, 'timeout'],
    ['a tag of two words', { tags: ['two words'] }, 'tag'],
    ['more tags than anybody reads', { tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }, '20 tags'],
    ['no attempts', { retry: { attempts: 0 } }, 'attempts'],
    ['half an attempt', { retry: { attempts: 1.5 } }, 'attempts'],
    ['a pause before now', { retry: { backoff: -1 } }, 'backoff'],
    ['a misfire policy with a strange cap', { misfire: { maxAge: Number.NaN } }, 'maxAge'],
  ])('%s', (_mistake, options, says) => {
    expect(() => define(options)).toThrow(PipelineError);
    expect(() => define(options)).toThrow(new RegExp(`^Pipeline "p": .*${says}`));
  });

  test.each(['', 'Upper', '1st', 'with space', 'x'.repeat(64), '../up', 'a_b'])('the name "%s"', (name) => {
    expect(() => define({}, name)).toThrow(PipelineError);
  });
});
