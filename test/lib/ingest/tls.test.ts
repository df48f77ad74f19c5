import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../../lib/db/connect.ts';
import { migrateUp, reportMigrations } from '../../../lib/db/migrate.ts';
import { startPostgres } from '../../../local/postgres.ts';
import { PLACE } from '../../setup/test-server.ts';
import { arrive, createFeed, createThings, readThings, things, winners } from './feed.ts';
import { runTask } from './run-task.ts';

const ENCRYPTED = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
/** Of the machine, where it has one. */
const OPENSSL = 'openssl';
const hasOpenssl = spawnSync(OPENSSL, ['version']).status === 0;

/** Both databases on a server that speaks TLS by a certificate that it signed itself. */
async function encryptedServer() {
  const home = mkdtempSync(join(PLACE, 'kubescribe-test-'));
  const databases = ['prod', 'report'];
  let server = await startPostgres({ home, databases, fsync: false });
  await server.stop();
  const data = join(home, 'postgres');
  const certificate = join(data, 'server.crt');
  const named = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes'];
  const files = ['-keyout', join(data, 'server.key'), '-out', certificate];
  execFileSync(OPENSSL, ['req', '-x509', '-newkey', 'rsa:2048', ...named, ...files], { stdio: 'ignore' });
  const { uid, gid } = statSync(data);
  for (const file of ['server.key', 'server.crt']) chownSync(join(data, file), uid, gid);
  server = await startPostgres({ home, databases, fsync: false, settings: { ssl: 'on' } });
  onTestFinished(async () => {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  });
  const url = (database: string, parameters: Record<string, string>) => {
    const made = new URL(server.url(database));
    for (const [name, value] of Object.entries(parameters)) made.searchParams.set(name, value);
    return made.href;
  };
  return { url, certificate };
}

test.skipIf(!hasOpenssl)(
  'both databases may be reached by TLS, by a certificate that is vouched for, and by no other',
  { timeout: 60_000 },
  async () => {
    const { url, certificate } = await encryptedServer();
    const vouched = { sslmode: 'verify-full', sslrootcert: certificate };
    await migrateUp(url('report', vouched), reportMigrations);
    const production = await connect(url('prod', vouched), { name: 'reader' });
    const reports = await connect(url('report', vouched), { name: 'writer' });
    const unchecked = await connect(url('prod', { sslmode: 'no-verify' }), { name: 'unchecked' });
    await createFeed(production);
    await createThings(reports);
    await arrive(production, { thing: 'one' }, { thing: 'two' });

    await runTask(production, reports, things());

    expect(await readThings(reports)).toEqual(await winners(production));
    for (const client of [production, reports, unchecked]) {
      expect((await client.query(ENCRYPTED)).rows).toEqual([{ ssl: true }]);
      await client.end();
    }
    await expect(connect(url('prod', { sslmode: 'verify-full' }), { name: 'stranger' })).rejects.toThrow(
      'self-signed certificate',
    );
  },
);
