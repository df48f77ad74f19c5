import { expect } from 'vitest';
import { test } from '../setup/fixtures.ts';
import type { Act } from './act.ts';
import { chance } from './chance.ts';
import { everyVerb } from './every-verb.ts';
import { play } from './play.ts';
import { twoLoads } from './two-loads.ts';

const MINUTE = 60_000;

/** What an undisturbed run makes of the feed; `make chaos` compares it with one. */
const EXPECTED =
  'dbeab5e14007ce19658b937c62e42dfe 3f02a88bcd584c4211db60bc6b27a021 213 b242a29d5feb5fc699bd726afe34523d';

/** What the verbs come to when nothing disturbs them. */
const EVERY_VERB = [
  'backfill: ran SUCCESS, ran SUCCESS, ran SUCCESS',
  'person: ran SUCCESS, ran ERROR, cancelled or done',
  'replay: ran SUCCESS, ran ERROR',
  `slot: missed more than 2 slots were due (misfire: all), ran SUCCESS, ran SUCCESS, ${'skipped paused by somebody by HTTP: holidays, '.repeat(2)}ran SUCCESS, ran SUCCESS, ran SUCCESS`,
  `slot of left-behind: ${Array(7).fill('missed no pipeline has this name any more: pipelines/left-behind.ts is gone, and its schedule goes on').join(', ')}`,
].join('; ');

const kill = (at: string): Act => ({ at, signal: 'SIGKILL' });

test.for<[string, Act[][]]>([
  ['before a batch is committed', [[kill('batch:before:2')]]],
  ['after a batch was committed and before its books are shipped', [[kill('batch:after:1')]]],
  ['after its evidence was shipped and before that is taken away', [[kill('ship:after:1')]]],
  [
    'right after the claim, and its sweep in the middle of taking the work back',
    [[kill('claim:after:2')], [kill('take:after:1')]],
  ],
  ['after the end was committed and before it is told', [[kill('end:after:1')]]],
])(
  'a worker killed %s leaves no trace in the results',
  { timeout: MINUTE },
  async ([, acts], { runlog, report, prod }) => {
    const { faults, digest } = await play({ urls: { runlog, report, prod }, script: twoLoads, acts });

    expect(faults).toEqual([]);
    expect(digest).toBe(EXPECTED);
  },
);

test('a worker stopped beyond its lease writes nothing when it goes on', { timeout: MINUTE }, async ({
  runlog,
  report,
  prod,
}) => {
  const acts: Act[][] = [[{ at: 'batch:before:2', signal: 'SIGSTOP' }]];

  const { faults, digest } = await play({
    urls: { runlog, report, prod },
    script: twoLoads,
    acts,
    wakeEarly: true,
  });

  expect(faults).toEqual([]);
  expect(digest).toBe(EXPECTED);
});

test('events that come twice, late, in another order or never change nothing', { timeout: MINUTE }, async ({
  runlog,
  report,
  prod,
}) => {
  const random = chance(3);
  const weather = () =>
    Array.from({ length: random.oneIn(8) ? 0 : random.between(1, 3) }, () => random.between(0, 150));

  const { faults, digest } = await play({
    urls: { runlog, report, prod },
    script: twoLoads,
    acts: [],
    weather,
  });

  expect(faults).toEqual([]);
  expect(digest).toBe(EXPECTED);
});

test.for<[string, Act[][]]>([
  ['trigger, after it planned', [[kill('plan:after:1')]]],
  ['the worker, before it ends a cancelled run', [[kill('take:after:1')]]],
  ['the door, after a backfill was written', [[kill('backfill:after:1')]]],
  ['the sweep, before it writes down what nobody could plan', [[kill('miss-unplanned:before:1')]]],
])(
  'every verb of the ledger comes to the same when %s, is killed',
  { timeout: MINUTE },
  async ([, acts], { runlog, report, prod }) => {
    const { faults, digest } = await play({ urls: { runlog, report, prod }, script: everyVerb, acts });

    expect(faults).toEqual([]);
    expect(digest).toBe(EVERY_VERB);
  },
);
