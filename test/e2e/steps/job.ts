import * as z from 'zod';
import type { Kubectl } from '../kubectl.ts';
import { until } from '../patience.ts';
import { ended } from '../step-runs.ts';
import { Skip, type Step } from '../tally.ts';

const MINUTE = 60_000;

export default {
  name: 'job',
  title: 'The Job executor',
  async run(stage, check) {
    const { kubectl, door } = stage;
    const templates = (await kubectl.list('podtemplates')).map(({ metadata }) => metadata.name);
    if (!templates.includes('job')) throw new Skip('this overlay has no Job executor: no PodTemplate "job"');
    const jobsOf = (id: string) => kubectl.list('jobs', `kubescribe.dev/run=${id}`);

    await check(
      'a run is worked on in a Job, longer than a slice may take, and becomes SUCCESS',
      async () => {
        const id = await door.trigger('e2e-job', { label: `calm-${Date.now()}`, seconds: 40 });
        const run = await ended(stage, { id }, 5 * MINUTE);
        if (run.status !== 'SUCCESS')
          throw new Error(`it ended ${run.status}: ${run.error_code} ${run.error_message}`);
        return (await jobsOf(id)).map(({ metadata }) => metadata.name).join(', ');
      },
    );
    await check(
      'one that takes more memory than it may ends as ERROR with the cause of the cluster',
      async () => {
        const id = await door.trigger('e2e-job', { label: `hungry-${Date.now()}`, hungry: true });
        const run = await ended(stage, { id }, 6 * MINUTE);
        if (run.status !== 'ERROR' || !/OOM/.test(`${run.error_code} ${run.error_message}`))
          throw new Error(`it ended ${run.status}: ${run.error_code} ${run.error_message}`);
        return `${run.error_code}: ${run.error_message}`;
      },
    );
    await check('a cancelled one ends, and its Job with it', async () => {
      const id = await door.trigger('e2e-job', { label: `cancelled-${Date.now()}`, seconds: 600 });
      await until('its Job', 2 * MINUTE, async () => (await jobsOf(id)).length > 0);
      const wish = { method: 'POST', body: { why: 'e2e' } };
      const { status } = await door.ask('control-runs', `/runs/${id}/cancel`, wish);
      const run = await ended(stage, { id }, 3 * MINUTE);
      if (run.status !== 'CANCELLED') throw new Error(`it ended ${run.status}`);
      await until('the end of its Job', 3 * MINUTE, async () => (await activeJobs(kubectl, id)) === 0);
      return `control-runs answered ${status}`;
    });
  },
} satisfies Step;

const Jobs = z.object({
  items: z.array(z.looseObject({ status: z.looseObject({ active: z.int().default(0) }) })),
});

/** Jobs of a run that have a pod at work; one that has ended is kept for a while, for people to read its log. */
async function activeJobs(kubectl: Kubectl, id: string): Promise<number> {
  const text = await kubectl(['get', 'jobs', '--selector', `kubescribe.dev/run=${id}`, '--output', 'json']);
  return Jobs.parse(JSON.parse(text)).items.filter(({ status }) => status.active > 0).length;
}
