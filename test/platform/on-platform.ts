/** The product behind the Broker that `make run` imitates, with Knative's own rules for what an answer means. */
import { onTestFinished } from 'vitest';
import runPipeline from '../../functions/run-pipeline.ts';
import { router } from '../../lib/http/router.ts';
import type { Service } from '../../lib/http/service.ts';
import { startPlatform } from '../../local/platform.ts';
import { asyncBroker, broker, manifestsOf, service, to, trigger } from '../local/manifests/builders.ts';

const SOON = 20;
const delivery = { retry: 6, backoffPolicy: 'exponential', backoffDelay: 'PT1S', timeout: 'PT30S' };
const silent = { info: () => {}, warn: () => {}, error: () => {} };

export type OnPlatform = {
  /** What functions are told to send to: `K_SINK`. */
  sink: string;
  /** What each delivery to run-pipeline was answered, in order. */
  answers: number[];
  /** Events that nobody took. */
  dead: number[];
};

/** Starts a Broker whose one subscriber is run-pipeline, hosted by whom `host` names at each delivery. */
export async function onPlatform(
  kind: 'sync' | 'async',
  host: (request: Request, nth: number) => Service | Response | Promise<Service | Response>,
): Promise<OnPlatform> {
  const [answers, dead]: [number[], number[]] = [[], []];
  let nth = 0;
  const take = async (request: Request) => {
    const hosted = await host(request, ++nth);
    const response = hosted instanceof Response ? hosted : await router(runPipeline.routes, hosted)(request);
    answers.push(response.status);
    return response;
  };
  const bury = async () => new Response(null, { status: dead.push(nth) > 0 ? 204 : 500 });
  const platform = await startPlatform({
    manifests: manifestsOf(
      kind === 'sync' ? broker() : asyncBroker(),
      service('run-pipeline'),
      service('dead'),
      trigger('run-pipeline', {
        filters: [
          {
            any: ['requested', 'continue'].map((name) => ({ exact: { type: `dev.kubescribe.run.${name}` } })),
          },
        ],
        delivery: { ...delivery, deadLetterSink: to('dead') },
      }),
    ),
    port: 0,
    log: silent,
    wait: (_, signal) => new Promise((resolve) => setTimeout(() => resolve(!signal.aborted), SOON)),
    host: ({ name }) => ({ handler: name === 'dead' ? bury : take, paths: () => false }),
  });
  onTestFinished(() => platform.stop());
  return { sink: platform.brokerUrl('test', 'main'), answers, dead };
}
