import { expect, vi } from 'vitest';
import audit from '../../functions/audit.ts';
import backfills from '../../functions/backfills.ts';
import calendar from '../../functions/calendar.ts';
import controlRuns from '../../functions/control-runs.ts';
import deadLetters from '../../functions/dead-letters.ts';
import getRun from '../../functions/get-run.ts';
import listRuns from '../../functions/list-runs.ts';
import notify from '../../functions/notify.ts';
import retention from '../../functions/retention.ts';
import runPipeline from '../../functions/run-pipeline.ts';
import schedules from '../../functions/schedules.ts';
import sweep from '../../functions/sweep.ts';
import trigger from '../../functions/trigger.ts';
import upkeep from '../../functions/upkeep.ts';
import { loadConfig } from '../../lib/config.ts';
import { router } from '../../lib/http/router.ts';
import { createService, type ServiceHandle } from '../../lib/http/service.ts';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import { startBroker, type Weather } from './broker.ts';
import { testOn16 as on16, test as on18 } from './fixtures.ts';
import { tickEvent } from './tick.ts';

const ENDED = /^(SUCCESS|ERROR|CANCELLED|TIMEOUT)$/;

type Shown = { run_id: string; status: string | null; [column: string]: unknown };

/** The product of one test: its functions, behind a Broker, on databases of the test's own. */
export type Product = {
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

const withProduct = (base: typeof on18) =>
  base.extend('product', async ({ runlog, report, prod, ends: _ }, { onCleanup }) => {
    const made: { stop(): Promise<void> }[] = [];
    onCleanup(async () => {
      for (const product of made) await product.stop();
    });
    return async (making: Making): Promise<Product> => {
      const routes = {
        trigger: () => ({ functions: trigger, service }),
        'run-pipeline': () => ({ functions: runPipeline, service }),
        sweep: () => ({ functions: sweep, service }),
        upkeep: () => ({ functions: upkeep, service }),
      };
      const broker = await startBroker((type, tick) => {
        if (/run\.(requested|continue)$/.test(type)) return routes['run-pipeline']();
        if (tick === 'schedule') return routes.trigger();
        if (tick === 'minute') return routes.sweep();
        if (tick === 'daily' || /upkeep\.due$/.test(type)) return routes.upkeep();
        if (/^dev\.kubescribe\./.test(type)) return { functions: notify, service };
        return undefined;
      }, making.weather);
      const env = { RUNLOG_DB_URL: runlog, REPORT_DB_URL: report, PROD_DB_URL: prod, K_SINK: broker.url };
      const named = { KUBESCRIBE_CALLER_HEADER: 'X-Forwarded-User' };
      const config = loadConfig({ ...env, ...named, LOG_LEVEL: 'silent', ...making.env });
      const service = createService(config, { pipelines: making.pipelines });
      made.push({
        async stop() {
          await broker.stop();
          await service.drain(5000);
        },
      });
      const open = router(
        [
          ...trigger.routes,
          ...listRuns.routes,
          ...getRun.routes,
          ...audit.routes,
          ...backfills.routes,
          ...calendar.routes,
          ...controlRuns.routes,
          ...deadLetters.routes,
          ...retention.routes,
          ...schedules.routes,
        ],
        service,
      );
      const ask: Product['ask'] = (path, init) => open(new Request(`http://product${path}`, init));
      const run = async (id: string) => (await (await ask(`/runs/${id}`)).json()) as Shown;
      const tick: Product['tick'] = async (kind) => {
        const woken = { schedule: routes.trigger, minute: routes.sweep, daily: routes.upkeep }[kind];
        const { functions, service: host } = woken();
        return router(functions.routes, host)(tickEvent(kind));
      };
      const ended: Product['ended'] = async (id) => {
        return vi.waitUntil(
          async () => {
            if (broker.pending() === 0) await tick('minute');
            const shown = await run(id);
            return ENDED.test(String(shown.status)) ? shown : undefined;
          },
          { timeout: 30_000, interval: 20 },
        ) as Promise<Shown>;
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
