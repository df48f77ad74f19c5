/** Tells Prometheus how all pipelines are: `GET /metrics`. */
import { getMetrics } from '../lib/contract/metrics.ts';
import { answer } from '../lib/http/answer.ts';
import { door } from '../lib/http/door.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { measure } from '../lib/metrics/measure.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

const metrics = async (_asked: unknown, { runlog }: Service) =>
  answer(await measure(runlog), { headers: { 'content-type': TEXT } });

export default { routes: [door(getMetrics, metrics)] } satisfies FunctionModule;
