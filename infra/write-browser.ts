/** Bundles what runs in browsers for the console: `node infra/write-browser.ts` after a change in client/. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const FILE = join(import.meta.dirname, '../console/log-viewer.json');

/** The file's text, as it must be. */
export async function browserScripts(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../client/page/log-viewer.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
  });
  // What ends a script must not stand in one.
  const script = outputFiles.map(({ text }) => text.replaceAll('</', '<\\/')).join('');
  return `${JSON.stringify({ script }, null, 2)}\n`;
}

if (import.meta.main) await writeFile(FILE, await browserScripts());
