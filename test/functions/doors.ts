import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import getRun from '../../functions/get-run.ts';
import listRuns from '../../functions/list-runs.ts';
import runPipeline from '../../functions/run-pipeline.ts';
import sweep from '../../functions/sweep.ts';
import trigger from '../../functions/trigger.ts';
import { loadConfig } from '../../lib/config.ts';
import { type Db, openRunLog } from '../../lib/db/connect.ts';
import { type FunctionModule, router } from '../../lib/http/router.ts';
import { createService, type ServiceHandle } from '../../lib/http/service.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';
import { test as base } from '../setup/fixtures.ts';
import { held } from '../setup/promised.ts';

const events = { trigger, sweep, 'run-pipeline': runPipeline } satisfies Record<string, FunctionModule>;

export type EventDoor = keyof typeof events;
export const eventDoors: EventDoor[] = ['trigger', 'sweep', 'run-pipeline'];

const nothing = [task('nothing', async function* () {})];

/** One that starts without a body, one with params, one whose people are skipped, one with lanes. */
const pipelines = [
  pipeline('plain', { default: true, params: z.strictObject({}), tasks: nothing }),
  pipeline('choosy', {
    params: z.object({ symbol: z.string().max(5).optional(), deep: z.unknown().optional() }),
    tasks: nothing,
  }),
  pipeline('single', { params: z.strictObject({}), overlap: { people: 'skip' }, tasks: nothing }),
];

export type Doors = {
  db: Db;
  service: ServiceHandle;
  ask(path: string, init?: RequestInit): Promise<Response>;
  trigger(body?: unknown, headers?: Record<string, string>): Promise<Response>;
  deliver(to: EventDoor, headers: Record<string, string>, body?: string): Promise<Response>;
};

/** The doors of the functions on a RunLog of the test's own, or on one that `env` names. */
export const test = base.extend('open', async ({ runlog, ends: _ }, { onCleanup }) => {
  const services: ServiceHandle[] = [];
  const db = openRunLog(runlog, { name: 'test' });
  onCleanup(async () => {
    await Promise.all(services.map((service) => service.drain(1000)));
    await db.destroy();
  });
  return (env: Record<string, string> = {}): Doors => {
    const config = loadConfig({ RUNLOG_DB_URL: runlog, LOG_LEVEL: 'silent', ...env });
    const service = createService(config, { pipelines });
    services.push(service);
    const routes = [trigger, listRuns, getRun].flatMap((module) => module.routes);
    const open = router(routes, service);
    const ask = held((path, init) => open(new Request(new URL(path, 'http://doors'), init)));
    return {
      db,
      service,
      ask,
      trigger: (body, headers) =>
        ask('/runs/trigger', {
          method: 'POST',
          headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        }),
      deliver: (to, headers, body) =>
        router(
          events[to].routes,
          service,
        )(new Request('http://function/', { method: 'POST', headers, ...(body !== undefined && { body }) })),
    };
  };
});

/** The head of a tick in binary mode. */
export const tick = (more: Record<string, string> = {}) => ({
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': randomUUID(),
  'ce-type': 'dev.knative.sources.ping',
  'ce-source': '/test',
  'ce-tick': 'schedule',
  ...more,
});

const Problem = z.looseObject({
  type: z.string().startsWith('/problems/'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
});

/** The problem that an answer is, or an error when it is none. */
export async function problem(response: Response) {
  if (response.headers.get('content-type') !== 'application/problem+json') {
    throw new Error(`no problem document: ${response.status} ${await response.text()}`);
  }
  return Problem.parse(await response.json());
}
