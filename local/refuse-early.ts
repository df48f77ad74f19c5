import { mkdir } from 'node:fs/promises';
import type { Config } from '../lib/config.ts';
import { describeError } from '../lib/logs/redact.ts';
import { loadPipelines } from '../lib/pipeline/load.ts';
import type { Pipeline } from '../lib/pipeline/options.ts';
import { readManifests } from './manifests/read.ts';
import { listenNear } from './serving/port.ts';

/** Reads what people wrote, and looks at the port and the folder they asked for, before anything takes its time. */
export async function refuseEarly(config: Config, manifests: string): Promise<Pipeline[]> {
  readManifests(manifests);
  if (config.portIsExplicit) {
    const probe = await listenNear(async () => new Response(null, { status: 503 }), config.port, true);
    await probe.close();
  }
  await mkdir(config.home, { recursive: true }).catch((error: unknown) => {
    throw new Error(
      `The data folder ${config.home} cannot be made (${describeError(error).code}). Set KUBESCRIBE_HOME to another.`,
      { cause: error },
    );
  });
  return loadPipelines(config.pipelines);
}
