import { until } from '../patience.ts';
import { startSteps, succeeded } from '../step-runs.ts';
import type { Step } from '../tally.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const NEEDED = 'serving.knative.dev/service in (trigger,run-pipeline)';

export default {
  name: 'from-zero',
  title: 'From zero',
  async run(stage, check) {
    await check('trigger and run-pipeline go to zero', () =>
      until(
        'no pod of theirs',
        6 * MINUTE,
        async () => (await stage.kubectl.list('pods', NEEDED)).length === 0,
      ).then(() => {}),
    );
    await check('who asks is answered by a cold start, and the run becomes SUCCESS', async () => {
      const since = performance.now();
      const after = () => `${((performance.now() - since) / SECOND).toFixed(1)} s`;
      const run = await startSteps(stage, 'cold', { steps: 1 });
      const answered = after();
      await succeeded(stage, run, 3 * MINUTE);
      return `answered after ${answered}, seen as SUCCESS after ${after()}`;
    });
  },
} satisfies Step;
