/** What benches stand on: a PostgreSQL of their own with a filled RunLog, and the image's files; made once, when asked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, warm } from '../bundle.ts';
import { migrateUp, runlogMigrations } from '../lib/db/migrate.ts';
import { type LocalPostgres, startPostgres } from '../local/postgres.ts';

const RUNS = 1000;

export type Ground = {
  /** A folder that goes when all is over. */
  folder: string;
  /** What is to be ended before the folder goes. */
  atEnd(stop: () => Promise<void>): void;
  server(): Promise<LocalPostgres>;
  /** URL of a RunLog of 1,000 runs. */
  runlog(): Promise<string>;
  /** The folder that the image holds. */
  image(): Promise<string>;
};

/** Runs `work` on fresh ground, and clears it away whatever happens. */
export async function onGround(work: (ground: Ground) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kubescribe-bench-'));
  let server: Promise<LocalPostgres> | undefined;
  let runlog: Promise<string> | undefined;
  let image: Promise<string> | undefined;
  const stops: (() => Promise<void>)[] = [];
  const ground: Ground = {
    folder,
    atEnd: (stop) => void stops.push(stop),
    server() {
      server ??= startPostgres({ home: folder, databases: ['runlog', 'prod', 'report'] });
      return server;
    },
    runlog() {
      runlog ??= ground.server().then(fillRunLog);
      return runlog;
    },
    image() {
      image ??= makeImage(join(folder, 'image'));
      return image;
    },
  };
  const clear = async () => {
    await (await server?.catch(() => undefined))?.stop();
    for (const stop of stops) await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  // PostgreSQL has a process group of its own and would outlive a Ctrl-C.
  const cut = () => void clear().finally(() => process.exit(1));
  process.once('SIGINT', cut).once('SIGTERM', cut);
  try {
    await work(ground);
  } finally {
    await clear();
  }
}

async function makeImage(folder: string): Promise<string> {
  await bundle(folder);
  await warm(folder);
  return folder;
}

async function fillRunLog(server: LocalPostgres): Promise<string> {
  await migrateUp(server.url('runlog'), runlogMigrations);
  await server.admin(
    `insert into run_log (status, started_at, finished_at, component, trigger, source, error_code, error_message, meta)
     select case when failed then 'ERROR' else 'SUCCESS' end::run_status, began, began + interval '3 s', 'market-bars',
            'cron', 'k8s', case when failed then 'SOURCE_AWAY' end, case when failed then 'The source went away.' end,
            jsonb_build_object('kind', 'slot', 'slot', began, 'attempts', 1, 'read', 1000, 'written', 985,
              'unchanged', 0, 'deduped', 10, 'rejected', 5, 'failed', 0,
              'rejected_by', jsonb_build_object('negative_price', 3, 'high_below_low', 2))
     from (select n % 20 = 0 as failed, now() - n * interval '5 minutes' as began
           from generate_series(1, ${RUNS}) as n) as runs`,
    'runlog',
  );
  await server.admin('vacuum analyze run_log', 'runlog');
  return server.url('runlog');
}
