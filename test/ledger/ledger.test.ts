import fc from 'fast-check';
import { test } from '../setup/product.ts';
import { nothingArrives } from '../work/hands-on.ts';
import { commands } from './commands.ts';
import { found } from './found.ts';
import { emptyLedger } from './model.ts';
import { now, pipelines, startAnew } from './real.ts';

const MINUTE = 60_000;
/** `make chaos` asks for many more. */
const RUNS = Number(process.env.LEDGER_RUNS ?? 12);

test('whatever is done to the ledger in whatever order, it says what the model says', {
  timeout: 2 * MINUTE + RUNS * 10_000,
}, async ({ product, runlog, connect }) => {
  const made = { ...(await product({ pipelines, weather: nothingArrives })), runlog: await connect(runlog) };
  const property = fc.asyncProperty(
    fc.commands(commands, { maxCommands: 80, size: 'max' }),
    async (steps) => {
      const real = await startAnew(made);
      const at = await now(real.runlog);
      await fc.asyncModelRun(() => ({ model: emptyLedger(at), real }), steps);
    },
  );
  for (const { because: _, ...seed } of found) await fc.assert(property, { ...seed, numRuns: 1 });

  await fc.assert(property, { numRuns: RUNS });
});
