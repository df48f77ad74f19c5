import { until } from '../patience.ts';
import { eventStory, reached, sliceStory, startSteps, succeeded } from '../step-runs.ts';
import { Skip, type Step } from '../tally.ts';

const MINUTE = 60_000;
const NAMESPACE = ['--namespace', 'knative-eventing'];
const DISPATCHER = 'messaging.knative.dev/channel=in-memory-channel,messaging.knative.dev/role=dispatcher';

export default {
  name: 'dispatcher-deleted',
  title: "The Broker's dispatcher is deleted in mid-flight",
  async run(stage, check) {
    const { kubectl, gentle } = stage;
    if (gentle) throw new Skip('--gentle: the dispatcher serves every Broker of the cluster');
    const dispatchers = async () =>
      (await kubectl([...NAMESPACE, 'get', 'pods', '--selector', DISPATCHER, '--output', 'name']))
        .trim()
        .split('\n')
        .filter(Boolean);
    const before = await dispatchers();
    if (before.length === 0) throw new Skip('this Broker has no in-memory dispatcher');
    const first = await startSteps(stage, 'lost-after', { steps: 80, pause: 300 });
    await reached(stage, first, 3);
    const second = await startSteps(stage, 'lost-before', { steps: 3 });
    await check('its pod is deleted while events are on their way', async () => {
      await kubectl([...NAMESPACE, 'delete', ...before, '--grace-period=0', '--force'], { patience: MINUTE });
      return before.join(', ');
    });
    const third = await startSteps(stage, 'lost-meanwhile', { steps: 3 });
    await check('another one comes', () =>
      until('a dispatcher', 3 * MINUTE, async () => {
        const now = (await dispatchers()).filter((pod) => !before.includes(pod));
        if (now.length === 0) return undefined;
        await kubectl([...NAMESPACE, 'wait', '--for=condition=Ready', ...now, '--timeout=60s'], {
          patience: 2 * MINUTE,
        });
        return now.join(', ');
      }),
    );
    for (const [run, when] of [
      [first, 'was under way'],
      [second, 'was just asked for'],
      [third, 'was asked for without a dispatcher'],
    ] as const) {
      await check(`the run that ${when} becomes SUCCESS, each step done once`, async () => {
        await succeeded(stage, run, 6 * MINUTE);
        return `${await sliceStory(stage, run)}; ${await eventStory(stage, run)}`;
      });
    }
  },
} satisfies Step;
