import { IN_TIME } from '../../setup/in-time.ts';
import { expect, test } from '../../setup/product.ts';
import { until } from '../../setup/until.ts';
import { arrive, commits, createFeed, createThings, feedPipeline, readThings, spec, things } from './feed.ts';

/** Each row takes so long that a batch is in the midst of it for longer than any test: only a cancel ends it. */
const NAP = `pg_sleep(2)::text`;
/** The flag is looked at each second, and one more is for ending what goes on. */
const PROMPT = 2500;
const ROWS = Array.from({ length: 400 }, (_, i) => ({ thing: `thing ${i}` }));

const slow = {
  copy: {
    task: things({ from: { ...spec.from, table: 'slow_feed' } }),
    seen: `query like 'copy (select%slow_feed%'`,
    setUp: `select`,
  },
  judge: {
    task: things({ rules: { slow: `${NAP} <> ''` } }),
    seen: `query like '%pg_sleep%' and query like '%insert into kubescribe.stage%'`,
    setUp: 'select',
  },
  merge: {
    task: things(),
    seen: `query like '%insert into "things"%'`,
    setUp: `
      create function nap() returns trigger language plpgsql as 'begin perform pg_sleep(2); return new; end';
      create trigger slow before insert on things for each row execute function nap()`,
  },
};

for (const [where, { task, seen, setUp }] of Object.entries(slow))
  test(
    `a run that is cancelled in the midst of its ${where} stops at once, and has written nothing`,
    IN_TIME,
    async ({ prod, report, connect, product }) => {
      const [production, reports] = [await connect(prod), await connect(report)];
      await createFeed(production);
      await production.query(`create view slow_feed as select * from feed where ${NAP} = ''`);
      await createThings(reports);
      await reports.query(setUp);
      await arrive(production, ...ROWS);
      const { trigger, ask, run } = await product({ pipelines: [feedPipeline('feed', [task])] });
      const { run_id } = (await (await trigger({ pipeline: 'feed' })).json()) as { run_id: string };
      const isAtIt = async () => {
        const { rowCount } = await reports.query(
          `select from pg_stat_activity where pid <> pg_backend_pid() and state = 'active' and ${seen}
            and datname in ($1, $2)`,
          [new URL(prod).pathname.slice(1), new URL(report).pathname.slice(1)],
        );
        return rowCount === 1;
      };
      await until(isAtIt);
      const began = performance.now();

      await ask(`/runs/${run_id}/cancel`, { method: 'POST' });
      await until(async () => !(await isAtIt()));
      const took = performance.now() - began;

      expect(took).toBeLessThan(PROMPT);
      await until(async () => (await run(run_id)).status === 'CANCELLED');
      expect(await readThings(reports)).toEqual([]);
      expect(await commits(reports)).toEqual([]);
    },
  );
