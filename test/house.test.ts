import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SECOND = 1000;
const LONGEST_FILE = 200;
const LONGEST_FUNCTION_FILE = 100;
const PRODUCT = ['functions', 'lib', 'pipelines', 'local', 'cli', 'console'];
/** A kind of thing, where the name of a concept or a verb should be. */
const BUCKETS = /^(index|utils?|helpers?|commons?|types|misc|shared|constants)(\.|$)/;

type Source = { path: string; text: string };

/** The TypeScript files of some folders, and `main.ts` and `framework.ts` with the folder `.`. */
const sources = (...folders: string[]): Source[] =>
  folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: folder !== '.', encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({ path: join(folder, name), text: readFileSync(join(ROOT, folder, name), 'utf8') })),
  );

const pathsWith = (files: Source[], pattern: RegExp) =>
  files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

const importsOf = ({ path, text }: Source) =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(([, to = '']) =>
    relative('.', join(dirname(path), to)),
  );

describe('the tree', () => {
  test('has no file that is too long to be one concept', () => {
    const long = sources('.', ...PRODUCT).filter(({ text }) => text.split('\n').length - 1 > LONGEST_FILE);

    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('has functions of a few dozen lines', () => {
    const long = sources('functions').filter(
      ({ text }) => text.split('\n').length - 1 > LONGEST_FUNCTION_FILE,
    );

    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('names files and folders for a concept or a verb, in kebab-case', () => {
    const names = sources(...PRODUCT, 'infra', 'test').flatMap(({ path }) => path.split('/'));

    expect(names.filter((name) => BUCKETS.test(name))).toEqual([]);
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?(\.ts)?$/.test(name))).toEqual([]);
  });

  test('imports nothing into lib/ from what stands on it, and lets functions be independent', () => {
    const inward = sources('lib').flatMap((file) => importsOf(file).map((to) => `${file.path} ← ${to}`));
    const across = sources('functions').flatMap((file) =>
      importsOf(file).map((to) => `${file.path} ← ${to}`),
    );

    expect(inward.filter((one) => !/← lib\//.test(one))).toEqual([]);
    expect(across.filter((one) => !/← (lib|console)\//.test(one))).toEqual([]);
  });

  test('keeps local/ out of what runs in a cluster', () => {
    const product = sources('.', 'functions', 'lib', 'pipelines', 'console');

    expect(product.flatMap(importsOf).filter((to) => /^(local|cli|test|bench)\//.test(to))).toEqual([]);
  });
});

describe('the code', () => {
  test('reads the environment in one file', () => {
    const scripts = (file: Source) => !file.text.startsWith('#!');

    expect(pathsWith(sources('.', ...PRODUCT, 'infra').filter(scripts), /process\.env\b/)).toEqual([
      'lib/config.ts',
    ]);
  });

  test('commits and sends through one door', () => {
    const elsewhere = sources('.', 'functions', 'lib', 'pipelines', 'cli').filter(
      ({ path }) => path !== 'lib/boundary.ts' && !/^lib\/db\/migrat/.test(path),
    );

    expect(
      pathsWith(elsewhere, /\.transaction\(|\bfetch\(|\.startTransaction\(|(['"`])\s*commit\b/i),
    ).toEqual([]);
  });

  test('asks RunLog what time it is', () => {
    expect(pathsWith(sources('functions', 'lib'), /\bDate\.now\(|new Date\(\)/)).toEqual([]);
  });

  test('leaves nothing undone and silences no check', () => {
    const files = sources('.', ...PRODUCT, 'infra', 'bench', 'docs');

    expect(pathsWith(files, /\b(TODO|FIXME|XXX)\b|biome-ignore|@ts-(ignore|expect-error|nocheck)/)).toEqual(
      [],
    );
  });

  test('has classes for errors alone', () => {
    expect(
      pathsWith(sources('.', ...PRODUCT), /^(export )?(abstract )?class (?!\w+ extends \w*Error\b)/m),
    ).toEqual([]);
  });

  test('does nothing when it is imported: no output, no handle, no setting needed', () => {
    const modules = sources('functions', 'lib', 'pipelines', 'console').map(
      ({ path }) => pathToFileURL(join(ROOT, path)).href,
    );
    const script = `
      for (const module of ${JSON.stringify(modules)}) await import(module);
      const open = process.getActiveResourcesInfo().filter((kind) => !/^(FSReqPromise|Pipe)/.test(kind));
      if (open.length > 0) console.log(open);`;

    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        env: {},
        cwd: '/',
        encoding: 'utf8',
        timeout: 30 * SECOND,
      },
    );

    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
