/**
 * Builds what the image holds: `node bundle.ts FOLDER` writes functions and pipelines as CommonJS files that share their
 * chunks, and beside them, in cache/, the code that V8 compiled at a warm start of each function. The command line and
 * the migrations are there too, for the Job that migrates and for whoever looks from within a cluster.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type BuildOptions, build, type Metafile, transform } from 'esbuild';
import { softwareBill } from './infra/software-bill.ts';

const ROOT = import.meta.dirname;
const TARGET = 'node24';
/** What an ES module must have for the packages in it that are none. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";
const OWN_URL = "const ownUrl=require('node:url').pathToFileURL(__filename).href;";
/** Nothing listens there: a warm start compiles what an answer needs, up to the database's. */
const NO_DATABASE = 'postgresql://nobody@127.0.0.1:1/none';
const TICK = { 'ce-id': '1', 'ce-source': '/warm', 'ce-specversion': '1.0', 'ce-type': 'warm' };

/**
 * How the image starts Node. V8's young generation begins so small that a start collects it four times, and may grow so
 * large that buffers on their way pile up: a load of two million rows takes 172 MB with 16, some 150 with 8. What V8 compiled
 * is good only for a process with the same flags.
 */
export const NODE_FLAGS: readonly string[] = ['--min-semi-space-size=8', '--max-semi-space-size=8'];

const namesIn = async (folder: string) =>
  (await readdir(join(ROOT, folder)))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
    .sort();

/** What all that is built has in common. */
const BUNDLED = {
  absWorkingDir: ROOT,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: TARGET,
  // pg asks for it and lives without.
  external: ['pg-native'],
  define: { 'import.meta.main': 'true' },
  logLevel: 'error',
} satisfies BuildOptions;

/** Writes the functions; a service loads host/main.js, the functions that it is told to host, and their chunks. */
export async function bundle(folder: string): Promise<Metafile> {
  const pipelines = await namesIn('pipelines');
  const { outputFiles, metafile } = await build({
    ...BUNDLED,
    // One level deep, as in the tree: pipelines/ is found beside the folder of the program.
    entryPoints: [
      { in: 'main.ts', out: 'host/main' },
      ...pipelines.map((name) => ({ in: `pipelines/${name}.ts`, out: `pipelines/${name}` })),
    ],
    chunkNames: 'host/[name]-[hash]',
    outdir: resolve(folder),
    write: false,
    metafile: true,
  });
  await rm(folder, { recursive: true, force: true });
  for (const name of ['host', 'pipelines']) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"commonjs"}\n');
  const code = hashOf(outputFiles.map(({ path, text }) => `${relative(folder, path)}\n${text}`));
  for (const { path, text } of outputFiles) {
    const place = relative(folder, path);
    const program = await toCommonJs(text, dirname(place) === 'pipelines');
    await writeFile(path, place === 'host/main.js' ? telling(code) + program : program);
  }
  return metafile;
}

/** Writes the command line, apart from the functions: their chunks stay as few as they are. */
export async function bundleCli(folder: string): Promise<Metafile> {
  const { metafile } = await build({
    ...BUNDLED,
    // One level deep, as in the tree: migrations/ and pipelines/ are found beside the folder of the program.
    entryPoints: [{ in: 'cli/kubescribe.ts', out: 'cli/kubescribe' }],
    chunkNames: 'cli/[name]-[hash]',
    outdir: resolve(folder),
    outExtension: { '.js': '.mjs' },
    minify: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    metafile: true,
  });
  await cp(join(ROOT, 'migrations'), join(folder, 'migrations'), { recursive: true });
  return metafile;
}

/** Which functions and pipelines these are: every run keeps it. */
function hashOf(texts: string[]): string {
  const hash = createHash('sha256');
  for (const text of texts.sort()) hash.update(text);
  return hash.digest('hex').slice(0, 12);
}

/** The files cannot hold their own hash; the program says it to itself, unless the container does. */
const telling = (code: string) => `{const{env}=process;env.KUBESCRIBE_CODE||="${code}"}`;

/** CommonJS starts faster than ESM, but esbuild splits only ESM: each file is turned by itself. */
async function toCommonJs(text: string, isPipeline: boolean): Promise<string> {
  const required = text.replaceAll(
    /\bimport\((\s*"\.[^"]+"\s*)\)/g,
    'Promise.resolve().then(()=>require($1))',
  );
  const { code } = await transform(required, {
    format: 'cjs',
    platform: 'node',
    target: TARGET,
    minify: true,
    legalComments: 'none',
    define: { 'import.meta.url': 'ownUrl' },
    banner: text.includes('import.meta.url') ? OWN_URL : '',
    // Pipelines are read by import(), to which all that CommonJS exports is the default.
    footer: isPipeline ? 'module.exports=module.exports.default;' : '',
  });
  return code;
}

/** Starts each function once and asks it something, so that cache/ holds its code already compiled. */
export async function warm(folder: string): Promise<void> {
  for (const name of await namesIn('functions')) {
    const child = spawn(process.execPath, [...NODE_FLAGS, join(folder, 'host/main.js')], {
      env: {
        FUNCTION_TARGET: name,
        PORT: '0',
        RUNLOG_DB_URL: NO_DATABASE,
        NODE_COMPILE_CACHE: join(folder, 'cache'),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    for await (const line of createInterface(child.stdout)) {
      const { msg, port }: { msg?: unknown; port?: unknown } = JSON.parse(line);
      if (msg !== 'listening') continue;
      for (const path of ['/', '/readyz', '/runs', '/runs/00000000-0000-0000-0000-000000000000'])
        await answered(Number(port), path);
      await answered(Number(port), '/', TICK);
      child.kill('SIGTERM');
    }
    // Only an orderly end writes the cache.
    const [code] = await ended;
    if (code !== 0) throw new Error(`${name} ended with ${code} at its warm start.`);
  }
}

async function answered(port: number, path: string, event?: Record<string, string>): Promise<void> {
  const method = event ? 'POST' : 'GET';
  const asked = request({ host: '127.0.0.1', port, path, method, headers: event ?? {}, agent: false }).end();
  const [reply] = await once(asked, 'response');
  await once(reply.resume(), 'end');
}

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? 'dist');
  const contents = [await bundle(folder), await bundleCli(folder)];
  await writeFile(
    join(folder, 'sbom.cdx.json'),
    `${JSON.stringify(softwareBill(ROOT, contents), null, 1)}\n`,
  );
  await warm(folder);
}
