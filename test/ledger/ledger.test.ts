import fc from 'fast-check';
import { test as base } from '../setup/product.ts';
import { nothingArrives } from '../work/hands-on.ts';
import { commands } from './commands.ts';
import { found } from './found.ts';
import { emptyLedger, type Ledger } from './model.ts';
import { pipelines, type Real, startAnew } from './real.ts';

const MINUTE = 60_000;
/** `make chaos` asks for many more. */
const RUNS = Number(process.env.LEDGER_RUNS ?? 12);

const test = base.extend('play', async ({ product, runlog, connect }) => {
  const made = { ...(await product({ pipelines, weather: nothingArrives })), runlog: await connect(runlog) };
  return async (steps: Iterable<fc.AsyncCommand<Ledger, Real>>) => {
    const real = await startAnew(made);
    await fc.asyncModelRun(() => ({ model: emptyLedger(real.time), real }), steps);
  };
});

test('whatever is done to the ledger in whatever order, it says what the model says', {
  timeout: 2 * MINUTE + RUNS * 10_000,
}, async ({ play }) => {
  const orders = fc.commands(commands, { maxCommands: 80, size: 'max' });

  await fc.assert(fc.asyncProperty(orders, play), { numRuns: RUNS });
});

test.for(found)('$because', async ({ steps }, { play }) => {
  await play(steps());
});
