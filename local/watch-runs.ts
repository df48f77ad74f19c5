import type { Db } from '../lib/db/connect.ts';

const LOOK_EVERY = 2000;

/** Writes a line for each run that ends from now on. */
export function watchRuns(db: Db, url: string, write: (line: string) => void): { stop(): Promise<void> } {
  let since = new Date();
  let looking = Promise.resolve();

  async function look(): Promise<void> {
    const runs = await db
      .selectFrom('run_log')
      .select(['run_id', 'component', 'status', 'finished_at', 'duration_ms', 'error_message', 'meta'])
      .where('finished_at', '>', since)
      .orderBy('finished_at')
      .limit(20)
      .execute();
    for (const run of runs) {
      since = run.finished_at ?? since;
      const time = since.toISOString().slice(11, 19);
      const what = run.error_message ?? `${run.meta?.written ?? 0} rows written`;
      const seconds = ((run.duration_ms ?? 0) / 1000).toFixed(1);
      write(
        `  ${time}  ${run.status.padEnd(9)} ${run.component}  ${seconds} s  ${what}  ${url}/console/runs/${run.run_id}`,
      );
    }
  }

  const timer = setInterval(() => {
    looking = looking.then(look).catch(() => {});
  }, LOOK_EVERY);
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
