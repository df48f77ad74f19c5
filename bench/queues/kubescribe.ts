import * as z from 'zod';
import { commit, commitOne } from '../../lib/boundary.ts';
import { openRunLog } from '../../lib/db/connect.ts';
import type { Work } from '../../lib/db/tables.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import { task } from '../../lib/pipeline/task.ts';
import { askAsPerson } from '../../lib/requests/ask-as-person.ts';
import { claim } from '../../lib/work/claim.ts';
import { endRun } from '../../lib/work/end.ts';
import { each, type Queue, times, WORKERS, workThrough } from './queue.ts';

const pipelineNamed = (n: number): Pipeline =>
  pipeline(`no-work-${n}`, {
    params: z.object({ lane: z.number() }),
    // A lane each: nothing waits for another run.
    key: ({ lane }) => String(lane),
    overlap: { people: 'allow' },
    tasks: [task('nothing', async function* () {})],
  }) as Pipeline;

/** Ours, by the functions that `trigger` and `run-pipeline` call, without their HTTP; runs over so many pipelines. */
export function ours(url: string, pipelines: number, workers = WORKERS): Queue {
  const db = openRunLog(url, { name: 'bench', max: workers });
  const all = times(pipelines).map(pipelineNamed);
  let asked = 0;

  const ask = async (pipeline: number, lane: number) => {
    const { runId } = await askAsPerson(db, all[pipeline % all.length]!, {
      params: { lane },
      trigger: 'api',
      source: 'local',
    });
    return runId;
  };
  const take = async (runId: string) => {
    const work = await commitOne('claim', db, (one) => claim(one, runId, 0));
    if (!work) throw new Error(`Run ${runId} could not be claimed.`);
    return work;
  };
  const finish = (work: Work) => commit('end', db, (tx) => endRun(tx, work, { status: 'SUCCESS' }));
  /** Each worker has a lane of its own in each of its pipelines, as a schedule has: they never wait for a run. */
  const through = async (_: unknown, worker = 0) =>
    finish(await take(await ask(worker + workers * asked++, worker)));
  return {
    name: 'kubescribe',
    async takeBacklog(jobs) {
      const runs: string[] = [];
      await workThrough(times(jobs), async () => runs.push(await ask(asked, asked++)), workers);
      const taken: Work[] = [];
      const duration = await workThrough(runs, async (run) => taken.push(await take(run)), workers);
      await workThrough(taken, finish, workers);
      return duration;
    },
    throughAll: (jobs) => workThrough(times(jobs), through, workers),
    oneByOne: (jobs) => each(jobs, () => through(0)),
    close: () => db.destroy(),
  };
}
