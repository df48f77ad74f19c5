/** For e2e: its runs are worked on in Jobs; one that is hungry takes more memory than its pod may. */
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { pipeline } from '../../../lib/pipeline/define.ts';
import { task } from '../../../lib/pipeline/task.ts';

type Params = { label: string; seconds: number; hungry: boolean };

const MEGABYTE = 1024 * 1024;
const PIECE = 16 * MEGABYTE;

const work = task<Params>('work', async function* ({ params, signal }) {
  const eaten: Buffer[] = [];
  // Zeros are not there until they are written.
  while (params.hungry) eaten.push(Buffer.alloc(PIECE, eaten.length + 1));
  await wait(params.seconds * 1000, undefined, { signal });
  yield {};
});

const inJobs = { executor: 'job', job: { cpu: '100m', memory: '192Mi' } } as const;

export default pipeline<Params>('e2e-job', {
  params: z.strictObject({
    label: z.string().default('none'),
    seconds: z.number().default(0),
    hungry: z.boolean().default(false),
  }),
  key: ({ label }) => label,
  retry: { attempts: 1 },
  ...inJobs,
  tasks: [work],
});
