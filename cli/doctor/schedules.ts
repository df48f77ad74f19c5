/** The pipelines, and the PingSources that make their schedules punctual. */
import { join } from 'node:path';
import * as z from 'zod';
import { describeError } from '../../lib/logs/redact.ts';
import { loadPipelines } from '../../lib/pipeline/load.ts';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import type { PingSourceManifest } from '../../local/manifests/manifest.ts';
import { readManifests } from '../../local/manifests/read.ts';
import { ROOT } from '../place.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const BASE = 'knative/base';

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

function checkPingSources(pipelines: Pipeline[], folder: string): Finding[] {
  let sources: PingSourceManifest[];
  try {
    sources = readManifests(folder).pingSources;
  } catch (error) {
    return describeError(error)
      .message.split('\n')
      .map((line) => fail(`Manifests: ${line}`, 'mend it at that place'));
  }
  const ticks = sources.flatMap((source) => {
    const pipeline = source.extensions.tick === 'schedule' ? pipelineOf(source) : undefined;
    return pipeline === undefined ? [] : [{ source, pipeline }];
  });
  const findings = pipelines.flatMap(({ name, schedule }) => {
    const own = ticks.filter((tick) => tick.pipeline === name).map(({ source }) => source);
    return schedule
      ? [checkOne(name, schedule, own)]
      : own.map((source) => unasked(source, name, 'schedule'));
  });
  const orphans = ticks.filter((tick) => !pipelines.some(({ name }) => name === tick.pipeline));
  return [...findings, ...orphans.map(({ source, pipeline }) => unasked(source, pipeline, 'pipeline file'))];
}

type Cadence = NonNullable<Pipeline['schedule']>;

function checkOne(name: string, schedule: Cadence, sources: PingSourceManifest[]): Finding {
  const wanted = `schedule "${schedule.cron}", timezone ${schedule.timezone}`;
  const [source] = sources;
  if (!source) {
    return fail(
      `${name} has a schedule but no PingSource: its runs wait for the next minute's tick`,
      `add one to ${BASE}: ${wanted}, data {"pipeline":"${name}"}, extension tick: schedule`,
    );
  }
  const timezone = source.timezone ?? 'UTC';
  if (source.schedule === schedule.cron && timezone === schedule.timezone) {
    return ok(`PingSource of ${name}: ${wanted}`);
  }
  return fail(
    `PingSource of ${name} ticks at "${source.schedule}", ${timezone}; the pipeline says "${schedule.cron}", ${schedule.timezone}`,
    `make both the same (${at(source)})`,
  );
}

const unasked = (source: PingSourceManifest, pipeline: string, what: string) =>
  warn(`PingSource ${source.name} ticks for ${pipeline}, which has no ${what}`, `remove it (${at(source)})`);

const at = ({ place }: PingSourceManifest) => `${place.file}:${place.line}`;

const Data = z.object({ pipeline: z.string() });

function pipelineOf({ data }: PingSourceManifest): string | undefined {
  try {
    return Data.parse(JSON.parse(Buffer.from(data ?? []).toString('utf8'))).pipeline;
  } catch {
    return undefined;
  }
}
