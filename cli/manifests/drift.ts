/** How a folder's PingSources differ from the schedules of the pipelines, and what mends it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Document, isMap, parseDocument } from 'yaml';
import * as z from 'zod';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import { listDrift } from './kustomization.ts';
import { pingSourceOf, type Scheduled } from './ping-source.ts';

export type Drift = {
  file: string;
  pipeline: string | null;
  drift: 'missing' | 'stale' | 'orphaned' | 'list';
  why: string;
  /** Nothing is late or refused for it. */
  harmless: boolean;
  /** What the file should hold; null: it should not be there. */
  text: string | null;
};

/** As Kubernetes reads YAML: there `yes` is true, and must be quoted. */
const VERSION = { version: '1.1' } as const;

/** What differs, and the text that each file should have; empty when all is as it should be. */
export function findDrift(folder: string, pipelines: readonly Pipeline[]): Drift[] {
  const wanted = pipelines.filter((one): one is Scheduled => one.schedule !== undefined);
  const there = readTicking(folder);
  const known = new Map<string, Ticking>();
  const orphans: Ticking[] = [];
  for (const ticking of there) {
    const meant = wanted.some(({ name }) => name === ticking.pipeline) && !known.has(ticking.pipeline);
    if (meant) known.set(ticking.pipeline, ticking);
    else orphans.push(ticking);
  }
  const numbers = new Set(namesIn(folder).map((name) => name.slice(0, 3)));
  const added = wanted.filter(({ name }) => !known.has(name)).map((pipeline) => missing(pipeline, numbers));
  const stale = wanted.flatMap((pipeline) => {
    const ticking = known.get(pipeline.name);
    return ticking ? staleness(ticking, pipeline) : [];
  });
  const files = [...known.values(), ...added].map(({ file }) => file);
  const list = listDrift(
    folder,
    files,
    orphans.map(({ file }) => file),
  );
  return [...added, ...stale, ...orphans.map((one) => orphaned(one, known)), ...(list ? [list] : [])];
}

type Ticking = { file: string; pipeline: string; document: Document.Parsed };

const Ticks = z.object({
  kind: z.literal('PingSource'),
  spec: z.object({
    data: z.string(),
    ceOverrides: z.object({ extensions: z.object({ tick: z.literal('schedule') }) }),
  }),
});
const Data = z.object({ pipeline: z.string() });

/** The files that hold one PingSource of a pipeline. */
function readTicking(folder: string): Ticking[] {
  return namesIn(folder).flatMap((file) => {
    const document = parseDocument(readFileSync(join(folder, file), 'utf8'), VERSION);
    const [error] = document.errors;
    if (error && error.code !== 'MULTIPLE_DOCS') throw new Error(`${join(folder, file)}: ${error.message}`);
    if (error || !isMap(document.contents)) return [];
    const ticks = Ticks.safeParse(document.toJS());
    if (!ticks.success) return [];
    const pipeline = pipelineIn(ticks.data.spec.data);
    return pipeline === undefined ? [] : [{ file, pipeline, document }];
  });
}

const namesIn = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
        .sort()
    : [];

function pipelineIn(data: string): string | undefined {
  try {
    return Data.safeParse(JSON.parse(data)).data?.pipeline;
  } catch {
    return undefined;
  }
}

function missing(pipeline: Scheduled, numbers: Set<string>): Drift {
  const round = Array.from({ length: 9 }, (_, i) => 510 + 10 * i);
  const all = Array.from({ length: 89 }, (_, i) => 511 + i);
  const number = [...round, ...all].find((candidate) => !numbers.has(String(candidate)));
  if (number === undefined) throw new Error('All numbers from 510 to 599 are taken.');
  numbers.add(String(number));
  const comment = `# Makes the schedule of ${pipeline.name} punctual; which slots are due is decided by trigger.\n`;
  return {
    file: `${number}-${pipeline.name}-ping.yaml`,
    pipeline: pipeline.name,
    drift: 'missing',
    harmless: false,
    why: `${pipeline.name} has a schedule but no PingSource: its runs wait for the next minute's tick`,
    text: comment + textOf(new Document(pingSourceOf(pipeline), VERSION)),
  };
}

/** Names, labels, comments and where its events go are left as they are. */
function staleness({ file, document }: Ticking, pipeline: Scheduled): Drift[] {
  const { sink: _, ...spec } = pingSourceOf(pipeline).spec;
  const different = leaves({ spec }).filter(([path, value]) => document.getIn(path) !== value);
  if (different.length === 0) return [];
  const why = different
    .map(([path, value]) => `${path.join('.')} is not ${JSON.stringify(value)}`)
    .join(', ');
  for (const [path, value] of different) document.setIn(path, value);
  return [{ file, pipeline: pipeline.name, drift: 'stale', why, harmless: false, text: textOf(document) }];
}

type Leaf = [path: string[], value: string];

const leaves = (node: object): Leaf[] =>
  Object.entries(node).flatMap(([key, value]): Leaf[] =>
    typeof value === 'object' && value !== null
      ? leaves(value).map(([path, leaf]): Leaf => [[key, ...path], leaf])
      : [[[key], String(value)]],
  );

function orphaned({ file, pipeline }: Ticking, known: Map<string, Ticking>): Drift {
  const why = known.has(pipeline)
    ? `${known.get(pipeline)?.file} ticks for ${pipeline} already`
    : `${pipeline} has no schedule, or no file`;
  return { file, pipeline, drift: 'orphaned', why, harmless: true, text: null };
}

/** The directive that tells YAML 1.1 is of no use to Kubernetes. */
const textOf = (document: Document) => document.toString({ lineWidth: 0 }).replace(/^%YAML 1.1\n---\n/, '');
