/**
 * One run as the function `run-pipeline` does it, in a process of its own; prints its status, its seconds by RunLog and
 * what it counted. Its only argument is JSON.
 */
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import runPipeline from '../../functions/run-pipeline.ts';
import trigger from '../../functions/trigger.ts';
import { loadConfig } from '../../lib/config.ts';
import { listen } from '../../lib/http/host.ts';
import { router } from '../../lib/http/router.ts';
import { createService } from '../../lib/http/service.ts';
import type { Pipeline } from '../../lib/pipeline/options.ts';

const LOOK = 20;

const Asked = z.object({ runlog: z.string(), prod: z.string(), report: z.string(), pipeline: z.string() });
const Begun = z.object({ run_id: z.string() });

async function main(argument: string): Promise<void> {
  const { runlog, prod, report, pipeline: file } = Asked.parse(JSON.parse(argument));
  const { default: pipeline }: { default: Pipeline } = await import(pathToFileURL(file).href);
  // A Broker that hands the run's own events back at once.
  const broker = await listen(
    async (request) => {
      const { headers } = request;
      const body = await request.text();
      if (/run\.(requested|continue)$/.test(headers.get('ce-type') ?? ''))
        service.inFlight(deliver(new Request('http://function/', { method: 'POST', headers, body })));
      return new Response(null, { status: 202 });
    },
    { port: 0, host: '127.0.0.1' },
  );
  const config = loadConfig({
    RUNLOG_DB_URL: runlog,
    PROD_DB_URL: prod,
    REPORT_DB_URL: report,
    K_SINK: `http://127.0.0.1:${broker.port}/`,
    LOG_LEVEL: 'error',
  });
  const service = createService(config, { pipelines: [pipeline] });
  const deliver = async (request: Request) => void (await router(runPipeline.routes, service)(request));

  const answer = await router(
    trigger.routes,
    service,
  )(
    new Request('http://function/runs/trigger', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ pipeline: pipeline.name }),
    }),
  );
  if (!answer.ok) throw new Error(`The run was refused: ${await answer.text()}`);
  const id = Begun.parse(await answer.json()).run_id;
  const ended = () =>
    service.runlog
      .selectFrom('run_log')
      .select(['status', 'duration_ms', 'meta', 'error_message'])
      .where('run_id', '=', id)
      .where('status', '<>', 'STARTED')
      .executeTakeFirst();
  let run = await ended();
  for (; !run; run = await ended()) await new Promise((resolve) => setTimeout(resolve, LOOK));
  process.stdout.write(JSON.stringify({ ...run, seconds: Number(run.duration_ms) / 1000 }));
  await service.drain(1000);
  await broker.close();
}

if (import.meta.main) await main(process.argv[2] ?? '{}');
