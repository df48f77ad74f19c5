import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig, ROOT } from '../lib/config.ts';
import { loadPipelines } from '../lib/pipeline/load.ts';
import { type Drift, findDrift } from './manifests/drift.ts';
import { note, print, printJson, printTable, wantsJson } from './print.ts';

type Options = { check?: true; out?: string };

/** Adds `kubescribe manifests` to the program. */
export function register(program: Command): void {
  program
    .command('manifests')
    .description('writes the PingSource of each scheduled pipeline into knative/base')
    .option('--check', 'write nothing; exit code 1 when something would be written')
    .option('--out <folder>', 'the folder of manifests; default knative/base')
    .action(manifests);
}

async function manifests({ check, out }: Options, command: Command): Promise<void> {
  const folder = out ? resolve(out) : join(ROOT, 'knative/base');
  const drift = findDrift(folder, await loadPipelines(loadConfig().pipelines));
  if (!check) mend(folder, drift);
  if (check && drift.length > 0) process.exitCode = 1;
  const found = drift.map(({ file, pipeline, drift, why }) => ({ file, pipeline, drift, why }));
  if (wantsJson(command)) return printJson(found);
  if (drift.length === 0) return print('Nothing to do: each scheduled pipeline has its PingSource.');
  printTable(
    [
      { title: 'FILE', text: ({ file }) => file },
      { title: 'DRIFT', text: ({ drift }) => drift },
      { title: 'WHY', text: ({ why }) => why },
    ],
    found,
  );
  note(check ? 'Run `npx kubescribe manifests` to mend it.' : `Written to ${folder}.`);
}

function mend(folder: string, drift: readonly Drift[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of drift) {
    if (text === null) rmSync(join(folder, file));
    else writeFileSync(join(folder, file), text);
  }
}
