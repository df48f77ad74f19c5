import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { test as base, inject } from 'vitest';
import { sqlState } from '../../lib/db/sqlstate.ts';
import type { PostgresVersion } from '../../local/postgres-binaries.ts';
import { startTestServer } from './test-server.ts';

type Template = 'runlog' | 'report' | 'prod' | 'empty';
type Clone = { url: string; drop: () => Promise<void> };

/** A fresh copy of a template; `drop` fails while somebody still holds a session, which is a leak. */
async function cloneDatabase(server: string, template: Template): Promise<Clone> {
  const name = `t_${template}_${randomUUID().slice(0, 8)}`;
  await admin(server, `create database ${name} template tpl_${template} strategy file_copy`);
  const url = new URL(server);
  url.pathname = name;
  return { url: url.href, drop: () => dropDatabase(server, name) };
}

const IN_USE = '55006';
const TRIES = 3;

/** PostgreSQL waits 5 s for sessions that are about to end; on a busy machine one may take longer. A leak does not end. */
async function dropDatabase(server: string, name: string): Promise<void> {
  for (let nth = 1; ; nth++) {
    try {
      return await admin(server, `drop database ${name}`);
    } catch (error) {
      if (nth === TRIES || sqlState(error) !== IN_USE) throw error;
    }
  }
}

const testOn = (postgres: PostgresVersion) =>
  base
    .extend('version', { scope: 'file' }, () => postgres)
    .extend('server', { scope: 'file' }, async ({ version }, { onCleanup }): Promise<string> => {
      if (version === 18) return inject('server');
      const server = await startTestServer(version);
      onCleanup(server.stop);
      return server.url('postgres');
    })
    .extend('ends', async ({ server, task, onTestFinished }) => {
      const clients: pg.Client[] = [];
      const clones: Clone[] = [];
      onTestFinished(async () => {
        await Promise.all(clients.map((client) => client.end()));
        if (task.result?.state !== 'fail') await Promise.all(clones.map((clone) => clone.drop()));
      });
      const clone = async (template: Template) => {
        const made = await cloneDatabase(server, template);
        clones.push(made);
        return made.url;
      };
      return { clients, clone };
    })
    .extend('runlog', ({ ends }) => ends.clone('runlog'))
    .extend('report', ({ ends }) => ends.clone('report'))
    .extend('prod', ({ ends }) => ends.clone('prod'))
    .extend('empty', ({ ends }) => ends.clone('empty'))
    .extend('connect', ({ ends }) => async (url: string) => {
      const client = new pg.Client({ connectionString: url });
      ends.clients.push(client);
      await client.connect();
      return client;
    });

/**
 * A test with databases of its own: name `runlog`, `report`, `prod` or `empty` to get the URL of a clone, `connect` for
 * clients that are closed for you. Clones go when the test passed and stay for autopsy when it failed.
 */
export const test = testOn(18);

/** The same on PostgreSQL 16, the oldest supported; a server of its own for each test file. */
export const testOn16 = testOn(16);

async function admin(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
