import { reached, sliceStory, startSteps, succeeded } from '../step-runs.ts';
import type { Step } from '../tally.ts';

const MINUTE = 60_000;

export default {
  name: 'pod-killed',
  title: "run-pipeline's pod is killed in mid-run",
  async run(stage, check) {
    const { kubectl, inside } = stage;
    const run = await startSteps(stage, 'killed', { steps: 40, pause: 300 });
    await reached(stage, run, 5);
    await check('the pod that works on the run is killed without a grace', async () => {
      const [slice] = await inside.rows(
        'runlog',
        'select instance from run_slices where run_id = $1 order by epoch desc limit 1',
        [run.id],
      );
      const pod = String(slice?.instance);
      await kubectl(['delete', 'pod', pod, '--grace-period=0', '--force'], { patience: MINUTE });
      return pod;
    });
    await check('the run becomes SUCCESS by another, each step done once', async () => {
      await succeeded(stage, run, 5 * MINUTE);
      const story = await sliceStory(stage, run);
      if (/ by 1 pods/.test(story)) throw new Error(`nobody took over: ${story}`);
      return story;
    });
  },
} satisfies Step;
