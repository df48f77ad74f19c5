/** The list of files in a folder's kustomization.yaml. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isScalar, parseDocument, YAMLSeq } from 'yaml';
import * as z from 'zod';
import type { Drift } from './drift.ts';

const FILE = 'kustomization.yaml';
const EMPTY = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n';
const PING = /^5\d\d-.*-ping\.yaml$/;

/** The drift of the list when it lacks a pipeline's PingSource, or names one that is gone; `files` are those that should be there. */
export function listDrift(
  folder: string,
  files: readonly string[],
  gone: readonly string[],
): Drift | undefined {
  const path = join(folder, FILE);
  const document = parseDocument(existsSync(path) ? readFileSync(path, 'utf8') : EMPTY);
  const listed = z.array(z.string()).catch([]).parse(document.toJS()?.resources);
  const lacks = files.filter((file) => !listed.includes(file)).sort();
  const excess = listed.filter((file) => gone.includes(file) || isAway(folder, file, files));
  if (lacks.length + excess.length === 0) return undefined;

  const present = document.get('resources');
  const list = present instanceof YAMLSeq ? present : new YAMLSeq();
  const nameOf = (item: unknown) => (isScalar(item) ? String(item.value) : '');
  list.items = list.items.filter((item) => !excess.includes(nameOf(item)));
  for (const file of lacks) {
    const before = list.items.findIndex((item) => nameOf(item) > file);
    list.items.splice(before < 0 ? list.items.length : before, 0, document.createNode(file));
  }
  document.set('resources', list);
  const why = [
    ...lacks.map((file) => `it lacks ${file}`),
    ...excess.map((file) => `it names ${file}, which should not be there`),
  ].join(', ');
  const harmless = lacks.length === 0 && excess.every((file) => gone.includes(file));
  const text = document.toString({ lineWidth: 0 });
  return { file: FILE, pipeline: null, drift: 'list', why, harmless, text };
}

const isAway = (folder: string, file: string, files: readonly string[]) =>
  PING.test(file) && !files.includes(file) && !existsSync(join(folder, file));
