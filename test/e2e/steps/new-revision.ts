import * as z from 'zod';
import { until } from '../patience.ts';
import { reached, sliceStory, startSteps, succeeded } from '../step-runs.ts';
import type { Step } from '../tally.ts';

const MINUTE = 60_000;
const KIND = 'services.serving.knative.dev';
const Service = z.looseObject({ status: z.looseObject({ latestReadyRevisionName: z.string() }) });

export default {
  name: 'new-revision',
  title: 'A new revision of run-pipeline in mid-run',
  async run(stage, check) {
    const { kubectl, inside } = stage;
    const revision = async () =>
      (await kubectl.get(KIND, 'run-pipeline', Service)).status.latestReadyRevisionName;
    const before = await revision();
    const run = await startSteps(stage, 'rolled', { steps: 120, pause: 300 });
    await reached(stage, run, 3);
    await check('a new revision takes the traffic', async () => {
      const template = { metadata: { annotations: { 'kubescribe.dev/e2e': String(Date.now()) } } };
      await kubectl([
        'patch',
        KIND,
        'run-pipeline',
        '--type=merge',
        '--patch',
        JSON.stringify({ spec: { template } }),
      ]);
      const after = await until('the new revision', 4 * MINUTE, async () => {
        const now = await revision();
        return now !== before && now;
      });
      return `${before}, then ${after}`;
    });
    await check('the run goes on in it and becomes SUCCESS, each step done once', async () => {
      await succeeded(stage, run, 6 * MINUTE);
      const rows = await inside.rows(
        'runlog',
        'select distinct revision from run_slices where run_id = $1 order by 1',
        [run.id],
      );
      if (rows.length < 2) throw new Error(`it never left ${JSON.stringify(rows)}`);
      return `${await sliceStory(stage, run)}; ${rows.map((row) => row.revision).join(', ')}`;
    });
  },
} satisfies Step;
