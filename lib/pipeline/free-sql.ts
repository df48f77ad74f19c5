/** Free SQL as a task: done once a run, in one fenced transaction of the report database. */
import type { TaskBody, TaskContext } from './task.ts';

export type FreeSql<P> = {
  /** The table that it writes: nobody else writes it meanwhile. */
  into: string;
  /** One statement; several, parted by semicolons, when there are no values. */
  sql: string;
  /** What `$1`, `$2` … stand for. */
  values?: (about: Pick<TaskContext<P>, 'params' | 'runId' | 'slot' | 'range'>) => unknown[];
};

/** The body of a task that is one piece of SQL. */
export const freeSql = <P>({ into, sql, values }: FreeSql<P>): TaskBody<P> =>
  async function* (context) {
    const done = await context.watermark();
    // Its commit row says that it was done, whatever became of the worker that did it.
    if (done?.runId === context.runId) return;
    let rows = 0;
    await context.batch(into, async (report) => {
      const results = [await report.query(sql, values?.(context))].flat();
      rows = results.reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0);
      return {};
    });
    context.log.info(`${rows} rows`, { rows });
    yield {};
  };
