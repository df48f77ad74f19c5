import { PgBoss } from 'pg-boss';
import { each, type Queue, times, WORKERS, workThrough } from './queue.ts';

const NAME = 'no-work';

/** pg-boss by its own functions, with default queue settings; its upkeep rests meanwhile. */
export async function pgBoss(url: string): Promise<Queue> {
  const boss = new PgBoss({ connectionString: url, max: WORKERS, supervise: false, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue(NAME);

  const take = async () => {
    // What another worker sent after this one's snapshot may be all that is left.
    for (;;) {
      const [job] = await boss.fetch(NAME);
      if (job) return job.id;
    }
  };
  const through = async () => {
    await boss.send(NAME, {});
    await boss.complete(NAME, await take());
  };
  return {
    name: 'pg-boss',
    async takeBacklog(jobs) {
      await boss.insert(
        NAME,
        times(jobs).map(() => ({})),
      );
      const taken: string[] = [];
      const duration = await workThrough(times(jobs), async () => taken.push(await take()));
      await boss.complete(NAME, taken);
      return duration;
    },
    throughAll: (jobs) => workThrough(times(jobs), through),
    oneByOne: (jobs) => each(jobs, through),
    close: () => boss.stop({ graceful: false }),
  };
}
