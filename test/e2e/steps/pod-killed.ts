import type { Stage } from '../stage.ts';
import { reached, type StepRun, sliceStory, startSteps, succeeded } from '../step-runs.ts';
import type { Step } from '../tally.ts';

const MINUTE = 60_000;

/**
 * Node's own process cannot be killed from within its pod, and a deleted pod is asked to stop first. This opens its
 * inspector from beside it, and ends it there without a word.
 */
const DIES = `
process.kill(1, 'SIGUSR1');
const target = async () => (await (await fetch('http://127.0.0.1:9229/json')).json())[0].webSocketDebuggerUrl;
const open = (tries) => target().catch((error) => {
  if (tries === 0) throw error;
  return new Promise((resolve) => setTimeout(resolve, 200)).then(() => open(tries - 1));
});
open(50).then((url) => {
  const socket = new WebSocket(url);
  // Node waits at its end for whoever debugs it to go.
  const expression = 'setTimeout(() => process.reallyExit(137), 300)';
  socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
  socket.onmessage = () => socket.close();
  socket.onclose = () => process.exit();
});`;

export default {
  name: 'pod-killed',
  title: "run-pipeline's pod is killed in mid-run",
  async run(stage, check) {
    const { kubectl } = stage;
    const deleted = await startSteps(stage, 'deleted', { steps: 40, pause: 300 });
    await reached(stage, deleted, 5);
    await check('the pod that works on a run is deleted without a grace', async () => {
      const pod = await worker(stage, deleted);
      await kubectl(['delete', 'pod', pod, '--grace-period=0', '--force'], { patience: MINUTE });
      return pod;
    });
    await check('the run becomes SUCCESS by another, each step done once', async () => {
      await succeeded(stage, deleted, 5 * MINUTE);
      const story = await sliceStory(stage, deleted);
      if (/ by 1 pods/.test(story)) throw new Error(`nobody took over: ${story}`);
      return story;
    });
    const killed = await startSteps(stage, 'killed', { steps: 40, pause: 300 });
    await reached(stage, killed, 5);
    await check('the process that works on a run ends at once, without a word', async () => {
      const pod = await worker(stage, killed);
      await kubectl(['exec', pod, '--container', 'function', '--', 'node', '--eval', DIES], {
        patience: MINUTE,
      });
      return pod;
    });
    await check('its lease runs out, and the run becomes SUCCESS, each step done once', async () => {
      await succeeded(stage, killed, 5 * MINUTE);
      const story = await sliceStory(stage, killed);
      if (!/left as died/.test(story)) throw new Error(`nobody died: ${story}`);
      return story;
    });
  },
} satisfies Step;

/** The pod of the slice that is worked on. */
async function worker({ inside }: Stage, { id }: StepRun): Promise<string> {
  const [slice] = await inside.rows(
    'runlog',
    'select instance from run_slices where run_id = $1 order by epoch desc limit 1',
    [id],
  );
  return String(slice?.instance);
}
