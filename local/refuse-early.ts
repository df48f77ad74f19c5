import type { Config } from '../lib/config.ts';
import type { Pipeline } from '../lib/pipeline/define.ts';
import { loadPipelines } from '../lib/pipeline/load.ts';
import { readManifests } from './manifests/read.ts';
import { listenNear } from './serving/port.ts';

/** Reads what people wrote, and looks at the port they asked for, before anything takes its time. */
export async function refuseEarly(config: Config, manifests: string): Promise<Pipeline[]> {
  readManifests(manifests);
  if (config.portIsExplicit) {
    const probe = await listenNear(async () => new Response(null, { status: 503 }), config.port, true);
    await probe.close();
  }
  return loadPipelines(config.pipelines);
}
