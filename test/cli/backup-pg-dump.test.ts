import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { findTool } from '../../lib/backup/pg-tools.ts';
import { test } from '../setup/fixtures.ts';
import { folder, kubescribe } from './command.ts';

const SERVER = '18';

/** Why no pg_dump of this machine can be tried; undefined: one can. */
const lacking = await findTool('pg_dump', SERVER).then(
  () => undefined,
  (error: Error) => error.message,
);
if (lacking) console.log(`Not tried with the real pg_dump. ${lacking}`);

test.skipIf(lacking)(
  'pg_dump takes the whole database, of the moment that was counted',
  async ({ runlog, empty, connect }) => {
    const client = await connect(runlog);
    await client.query(`
    create table somebodys (x text primary key);
    insert into somebodys values ('theirs');
    insert into run_log (component, error_message) values ('sample', E'\\\\. \\t')`);
    const dir = folder();

    const made = await kubescribe(['backup', '--dir', dir, '--by', 'pg_dump', '--verify', '-o', 'json'], {
      env: { RUNLOG_DB_URL: runlog },
    });
    expect(made).toMatchObject({ code: 0 });
    expect(JSON.parse(made.stdout)).toMatchObject({ verified: true, left_out: [] });

    const restored = await kubescribe(['restore', dir], { env: { RUNLOG_DB_URL: empty } });
    expect(restored).toMatchObject({ code: 0 });
    const copy = await connect(empty);
    const { rows } = await copy.query(
      `select (select x from somebodys) as theirs, (select component from run_log) as ours`,
    );
    expect(rows).toEqual([{ theirs: 'theirs', ours: 'sample' }]);
  },
);

/** Why psql cannot be tried. */
const withoutPsql = (() => {
  try {
    execFileSync('psql', ['--version']);
    return undefined;
  } catch {
    return 'there is no psql here';
  }
})();
if (withoutPsql) console.log(`A dump is not read by psql: ${withoutPsql}.`);

test.skipIf(withoutPsql)(
  'psql reads our own dump without us, and of tables that are not ours it tells',
  async ({ runlog, empty, connect }) => {
    const client = await connect(runlog);
    await client.query(`create table somebodys (x text); insert into run_log (component) values (E'a\\tb')`);
    const made = await kubescribe(['backup', '--dir', folder()], { env: { RUNLOG_DB_URL: runlog } });
    expect(made.stderr).toContain("Not KubeScribe's, and left out: somebodys");
    const [file = ''] = made.stdout.split('\n');

    execFileSync('sh', ['-c', `gunzip -c "${file}" | psql -q -v ON_ERROR_STOP=1 "$URL"`], {
      env: { PATH: process.env.PATH, URL: empty },
      stdio: ['ignore', 'ignore', 'inherit'],
    });

    const { rows } = await (await connect(empty)).query('select component from run_log');
    expect(rows).toEqual([{ component: 'a\tb' }]);
  },
);
