import { expect } from 'vitest';
import apiDocs from '../../functions/api-docs.ts';
import audit from '../../functions/audit.ts';
import backfills from '../../functions/backfills.ts';
import calendar from '../../functions/calendar.ts';
import controlRuns from '../../functions/control-runs.ts';
import deadLetters from '../../functions/dead-letters.ts';
import diffRuns from '../../functions/diff-runs.ts';
import getRun from '../../functions/get-run.ts';
import listRuns from '../../functions/list-runs.ts';
import logs from '../../functions/logs.ts';
import metrics from '../../functions/metrics.ts';
import notify from '../../functions/notify.ts';
import operations from '../../functions/operations.ts';
import pipelines from '../../functions/pipelines.ts';
import replayDeadLetters from '../../functions/replay-dead-letters.ts';
import reports from '../../functions/reports.ts';
import retention from '../../functions/retention.ts';
import runPipeline from '../../functions/run-pipeline.ts';
import schedules from '../../functions/schedules.ts';
import streamLogs from '../../functions/stream-logs.ts';
import sweep from '../../functions/sweep.ts';
import trigger from '../../functions/trigger.ts';
import upkeep from '../../functions/upkeep.ts';
import writeLogs from '../../functions/write-logs.ts';
import { loadConfig } from '../../lib/config.ts';
import { type FunctionModule, router } from '../../lib/http/router.ts';
import { createService, type ServiceHandle } from '../../lib/http/service.ts';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import { startBroker, type Weather } from './broker.ts';
import { testOn16 as on16, test as on18 } from './fixtures.ts';
import { ownLogins } from './own-login.ts';
import { held } from './promised.ts';
import { tickEvent } from './tick.ts';
import { until } from './until.ts';

/** Whether a run has ended, by its `status`; that of a problem, which a door that is away answers with, is no end. */
export const hasEnded = (status: unknown) => /^(SUCCESS|ERROR|CANCELLED|TIMEOUT)$/.test(String(status));

type Shown = { run_id: string; status: string | null; [column: string]: unknown };

/** The product of one test: its functions, behind a Broker, on databases of the test's own. */
export type Product = {
  /** The surroundings of `run-pipeline`. */
  service: ServiceHandle;
  broker: Awaited<ReturnType<typeof startBroker>>;
  /** A request to the public functions. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  trigger(body?: unknown, headers?: Record<string, string>): Promise<Response>;
  run(id: string): Promise<Shown>;
  /** Triggers a pipeline and waits until its run has ended. */
  start(pipeline: string, params?: object): Promise<Shown>;
  /** A tick as a PingSource sends it; resolves to the answer of the function. */
  tick(kind: 'schedule' | 'minute' | 'daily'): Promise<Response>;
  /** Waits until a run has ended; a minute's tick comes whenever nothing moves. */
  ended(id: string): Promise<Shown>;
};

type Making = { pipelines: readonly Pipeline[]; weather?: Weather; env?: Record<string, string> };

/** The functions that people reach, by name. */
const doors: Record<string, FunctionModule> = {
  trigger,
  'list-runs': listRuns,
  'diff-runs': diffRuns,
  'get-run': getRun,
  'api-docs': apiDocs,
  audit,
  backfills,
  calendar,
  'control-runs': controlRuns,
  'dead-letters': deadLetters,
  logs,
  metrics,
  operations,
  pipelines,
  'replay-dead-letters': replayDeadLetters,
  reports,
  retention,
  schedules,
  'stream-logs': streamLogs,
  'write-logs': writeLogs,
};

const withProduct = (base: typeof on18) =>
  base.extend('product', async ({ runlog, report, prod, ends: _ }, { onCleanup }) => {
    const made: { stop(): Promise<void> }[] = [];
    onCleanup(async () => {
      for (const product of made) await product.stop();
    });
    return async (making: Making): Promise<Product> => {
      const hosts = new Map<string, ServiceHandle>();
      const host = (name: string) => {
        const own = ownLogins(name, { RUNLOG_DB_URL: runlog, REPORT_DB_URL: report, PROD_DB_URL: prod });
        const named = { KUBESCRIBE_CALLER_HEADER: 'X-Forwarded-User' };
        const config = loadConfig({
          ...own,
          ...named,
          K_SINK: broker.url,
          LOG_LEVEL: 'silent',
          ...making.env,
        });
        const made = createService(config, { pipelines: making.pipelines });
        hosts.set(name, made);
        return made;
      };
      const hostOf = (name: string) => hosts.get(name) ?? host(name);
      const broker = await startBroker((type, tick) => {
        if (/run\.(requested|continue)$/.test(type)) return { functions: runPipeline, service };
        if (tick === 'schedule') return { functions: trigger, service: hostOf('trigger') };
        if (tick === 'minute') return { functions: sweep, service: hostOf('sweep') };
        if (tick === 'daily' || /upkeep\.due$/.test(type))
          return { functions: upkeep, service: hostOf('upkeep') };
        if (/^dev\.kubescribe\./.test(type)) return { functions: notify, service: hostOf('notify') };
        return undefined;
      }, making.weather);
      const service = host('run-pipeline');
      made.push({
        async stop() {
          await broker.stop();
          await Promise.all([...hosts.values()].map((one) => one.drain(5000)));
        },
      });
      const routes = Object.entries(doors).flatMap(([name, functions]) =>
        functions.routes.map((route) => ({
          ...route,
          handle: (request: Request, path: Record<string, string>) =>
            route.handle(request, path, hostOf(name)),
        })),
      );
      const open = router(routes, service);
      const ask = held((path, init) => open(new Request(`http://product${path}`, init)));
      const run = async (id: string) => (await (await ask(`/runs/${id}`)).json()) as Shown;
      const tick: Product['tick'] = async (kind) => {
        const woken = {
          schedule: ['trigger', trigger],
          minute: ['sweep', sweep],
          daily: ['upkeep', upkeep],
        } as const;
        const [name, functions] = woken[kind];
        return router(functions.routes, hostOf(name))(tickEvent(kind));
      };
      const ended: Product['ended'] = async (id) => {
        return until(async () => {
          if (broker.pending() === 0) await tick('minute');
          const shown = await run(id);
          return hasEnded(shown.status) ? shown : undefined;
        }) as Promise<Shown>;
      };
      return {
        service,
        broker,
        ask,
        run,
        tick,
        trigger: (body, headers) =>
          ask('/runs/trigger', {
            method: 'POST',
            headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
            ...(body !== undefined && { body: JSON.stringify(body) }),
          }),
        ended,
        async start(pipeline, params = {}) {
          const asked = (await (await ask('/runs/trigger', post({ pipeline, params }))).json()) as Shown;
          return ended(asked.run_id);
        },
      };
    };
  });

/** Tests with a whole product: `product({ pipelines })`. */
export const test = withProduct(on18);

/** The same with its databases on PostgreSQL 16. */
export const testOn16 = withProduct(on16);

export { expect };

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
