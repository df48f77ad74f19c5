/** The pipelines, and the PingSources that make their schedules punctual. */
import { join } from 'node:path';
import { ROOT } from '../../lib/config.ts';
import { describeError } from '../../lib/logs/redact.ts';
import { loadPipelines } from '../../lib/pipeline/load.ts';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import { readManifests } from '../../local/manifests/read.ts';
import { type Drift, findDrift } from '../manifests/drift.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const BASE = 'knative/base';
const MEND = 'run `npx kubescribe manifests`';

/** Whether all pipeline files load, and each schedule has its PingSource. */
export async function checkPipelines(folder: string, manifests = join(ROOT, BASE)): Promise<Finding[]> {
  let pipelines: Pipeline[];
  try {
    pipelines = await loadPipelines(folder);
  } catch (error) {
    return [fail(describeError(error).message, `mend the file in ${folder}`)];
  }
  if (pipelines.length === 0) return [warn(`${folder} holds no pipeline`, 'write one; the README shows how')];
  const names = pipelines.map(({ name }) => name).join(', ');
  return [ok(`Pipelines: ${names}`), ...checkPingSources(pipelines, manifests)];
}

/** Ticks are wake-ups: what an override in RunLog says is planned by the minute's tick, whatever a PingSource says. */
function checkPingSources(pipelines: readonly Pipeline[], folder: string): Finding[] {
  let drift: Drift[];
  try {
    readManifests(folder);
    drift = findDrift(folder, pipelines);
  } catch (error) {
    return describeError(error)
      .message.split('\n')
      .map((line) => fail(`Manifests: ${line}`, 'mend it at that place'));
  }
  const right = pipelines.flatMap(({ name, schedule }) =>
    schedule && !drift.some(({ pipeline, drift }) => pipeline === name && drift !== 'orphaned')
      ? [ok(`PingSource of ${name}: schedule "${schedule.cron}", timezone ${schedule.timezone}`)]
      : [],
  );
  return [...right, ...drift.map(explain)];
}

function explain({ file, pipeline, drift, why, harmless }: Drift): Finding {
  const what = {
    missing: why,
    stale: `PingSource of ${pipeline}: in ${file} ${why}`,
    orphaned: `PingSource ${file} is of no use: ${why}`,
    list: `Manifests: ${file}: ${why}`,
  };
  return harmless ? warn(what[drift], MEND) : fail(what[drift], MEND);
}
