/** One run by the function as the image holds it, in its own process; the bench is its Broker. */
import { readFileSync } from 'node:fs';
import { NODE_FLAGS } from '../../bundle.ts';
import { loadConfig } from '../../lib/config.ts';
import { relay } from '../../lib/events/relay.ts';
import { listen } from '../../lib/http/host.ts';
import { createService } from '../../lib/http/service.ts';
import { askAsPerson } from '../../lib/requests/ask-as-person.ts';
import bars from '../../pipelines/market-bars.ts';
import { startProgram } from '../process.ts';

const LOOK = 100;

type Urls = { runlog: string; prod: string; report: string };

/** The most memory that the function's process had while it ran `market-bars`, in MB. */
export async function peakInImage(image: string, { runlog, prod, report }: Urls): Promise<number> {
  const forward = new Set<Promise<unknown>>();
  const broker = await listen(
    async (request) => {
      const { headers } = request;
      const body = await request.text();
      if (/run\.(requested|continue)$/.test(headers.get('ce-type') ?? ''))
        forward.add(fetch(`http://127.0.0.1:${host.port}/`, { method: 'POST', headers, body }));
      return new Response(null, { status: 202 });
    },
    { port: 0, host: '127.0.0.1' },
  );
  const urls = { RUNLOG_DB_URL: runlog, PROD_DB_URL: prod, REPORT_DB_URL: report };
  const env = { ...urls, K_SINK: `http://127.0.0.1:${broker.port}/` };
  const host = await startProgram(
    `${image}/host/main.js`,
    { ...env, FUNCTION_TARGET: 'run-pipeline', PORT: '0', NODE_COMPILE_CACHE: `${image}/cache` },
    NODE_FLAGS,
  );
  const service = createService(loadConfig({ ...env, LOG_LEVEL: 'silent' }), { pipelines: [bars] });
  try {
    const { runId } = await askAsPerson(service.runlog, bars, {
      params: bars.params.parse({}),
      trigger: 'api',
      source: 'local',
    });
    await relay(service);
    for (;;) {
      const { status } = await service.runlog
        .selectFrom('run_log')
        .select('status')
        .where('run_id', '=', runId)
        .executeTakeFirstOrThrow();
      if (status === 'SUCCESS') break;
      if (status !== 'STARTED') throw new Error(`The run ended ${status}.`);
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
    const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${host.pid}/status`, 'utf8'))?.[1];
    return Number(peak) / 1024;
  } finally {
    await Promise.allSettled(forward);
    await host.stop();
    await service.drain(1000);
    await broker.close();
  }
}
