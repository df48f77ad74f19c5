import type { Client } from 'pg';
import streamLogs from '../../../functions/stream-logs.ts';
import { loadConfig } from '../../../lib/config.ts';
import { listen } from '../../../lib/http/host.ts';
import { router } from '../../../lib/http/router.ts';
import { createService, type ServiceHandle } from '../../../lib/http/service.ts';
import { test as base } from '../../setup/fixtures.ts';
import { ownLogins } from '../../setup/own-login.ts';
import { type Follower, followEvents, followSocket } from './follower.ts';

export type Streams = {
  service: ServiceHandle;
  /** The URL of a stream. */
  at(kind: 'sse' | 'ws' | 'status', query?: Record<string, string | number>): string;
  sse(query?: Record<string, string | number>, headers?: Record<string, string>): Follower;
  ws(query?: Record<string, string | number>, headers?: Record<string, string>): Follower;
  status(): Promise<Record<string, unknown> & { connections: { sse: number; ws: number } }>;
};

/** Hosts of `stream-logs` on one RunLog, each a replica; and sessions that write lines, by whatever statement. */
export const test = base
  .extend('open', async ({ runlog, ends: _ }, { onCleanup }) => {
    const stops: (() => Promise<void>)[] = [];
    onCleanup(async () => {
      for (const stop of stops) await stop();
    });
    return async (env: Record<string, string> = {}): Promise<Streams> => {
      const own = ownLogins('stream-logs', { RUNLOG_DB_URL: runlog });
      const service = createService(loadConfig({ ...own, LOG_LEVEL: 'silent', ...env }));
      const listening = await listen(router(streamLogs.routes, service), { port: 0, host: '127.0.0.1' });
      const followers: Follower[] = [];
      stops.push(async () => {
        for (const follower of followers) follower.cut();
        await service.drain(5000);
        await listening.close();
      });
      const at: Streams['at'] = (kind, query = {}) => {
        const search = new URLSearchParams(
          Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
        );
        return `http://127.0.0.1:${listening.port}/api/v1/logs/stream/${kind}?${search}`;
      };
      const kept = (follower: Follower) => {
        followers.push(follower);
        return follower;
      };
      return {
        service,
        at,
        sse: (query, headers) => kept(followEvents(at('sse', query), headers)),
        ws: (query, headers) => kept(followSocket(at('ws', query), headers)),
        status: async () => (await fetch(at('status'))).json() as ReturnType<Streams['status']>,
      };
    };
  })
  .extend(
    'writer',
    async ({ runlog, connect }) =>
      async () =>
        connect(runlog),
  );

/** Writes lines in one transaction that says so, as our own writers do; resolves to their ids. */
export async function write(
  client: Client,
  messages: readonly string[],
  { run = null, level = 'info' }: { run?: string | null; level?: string } = {},
): Promise<number[]> {
  const { rows } = await client.query<{ id: string }>(
    `with said as (
       insert into logs (type, job_run_id, timestamp, level, message)
       select case when $2::uuid is null then 'system' else 'job' end, $2, clock() at time zone 'UTC', $3, message
         from unnest($1::text[]) message returning id)
     select id, pg_notify('kubescribe_logs', '') from said`,
    [messages, run, level],
  );
  return rows.map(({ id }) => Number(id));
}

/** A run that goes on, of a program that is none of ours. */
export async function beginRun(client: Client): Promise<string> {
  const { rows } = await client.query<{ run_id: string }>(
    `insert into run_log (component, trigger, source) values ('elsewhere', 'manual', 'local') returning run_id`,
  );
  return rows[0]!.run_id;
}
