/** What the documents name is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { FunctionModule } from '../lib/http/router.ts';

const ROOT = join(import.meta.dirname, '..');
const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const missing = (paths: string[]) => [...new Set(paths)].filter((path) => !existsSync(join(ROOT, path)));

/** `lib/{a,b}.ts` is two paths. */
function spread(path: string): string[] {
  const [whole, before = '', choices = '', after = ''] = /^(.*?)\{(.*?)\}(.*)$/.exec(path) ?? [];
  return whole ? choices.split(',').flatMap((choice) => spread(before + choice + after)) : [path];
}

test.for(DOCUMENTS)('the files that %s links to exist', (document) => {
  const links = [...read(document).matchAll(/\]\(([^)#\s]+)|(?:src|srcset|href)="([^"#]+)"/g)]
    .map(([, markdown, markup]) => markdown ?? markup ?? '')
    .filter((link) => !/^[a-z]+:/.test(link));

  expect(missing(links.map((link) => join(dirname(document), link)))).toEqual([]);
});

test.for(['README.md', 'ARCHITECTURE.md', 'docs/promises.md'])(
  'the paths that %s names in code exist',
  (document) => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const paths = [...ourWords(document).matchAll(/`([^`\n]+)`/g)]
      .map(([, code = '']) => code)
      .filter((code) => folders.some((folder) => code.startsWith(`${folder}/`)) && !/[\s*…()]/.test(code))
      .flatMap(spread);

    expect(missing(paths)).toEqual([]);
  },
);

/** The first column of the promises is the words of others. */
function ourWords(document: string): string {
  const text = read(document);
  return document === 'docs/promises.md' ? text.replaceAll(/^\|[^|]*\|/gm, '|') : text;
}

test('the map of ARCHITECTURE.md names what there is', () => {
  const [, map = ''] = /```text\n(functions\/.*?)```/s.exec(read('ARCHITECTURE.md')) ?? [];
  const named: string[] = [];
  let folder = '';
  for (const line of map.split('\n')) {
    const inner = line.startsWith('  ');
    // Whoever shares a line with others has two spaces before his name; prose has one.
    const names = [...line.matchAll(/(?:^|\s{2,}|, )([a-z][\w-]*(?:\/|\.ts))(?=[\s,]|$)/g)].map(
      ([, name = '']) => name,
    );
    if (!inner) folder = names[0] ?? '';
    named.push(...names.map((name) => (inner ? folder + name : name)));
  }

  expect(named).toContain('lib/schedule/');
  expect(named).toContain('test/');
  expect(missing(named)).toEqual([]);
});

test('ARCHITECTURE.md maps every program at the root and every folder, those of lib/ too', () => {
  const map = read('ARCHITECTURE.md');
  const root = readdirSync(ROOT, { withFileTypes: true }).filter(
    ({ name }) => !name.startsWith('.') && name !== 'node_modules' && !name.endsWith('.config.ts'),
  );
  const programs = root.filter(({ name }) => name.endsWith('.ts')).map(({ name }) => name);
  const folders = [...root, ...readdirSync(join(ROOT, 'lib'), { withFileTypes: true })]
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${name}/`);

  expect([...programs, ...folders].filter((name) => !map.includes(name))).toEqual([]);
});

test('the make targets that documents name exist', () => {
  const targets = [...read('Makefile').matchAll(/^([a-z0-9]+):/gm)].map(([, target]) => target);
  const named = DOCUMENTS.flatMap((document) => [
    ...read(document).matchAll(/(?:^|`)make ([a-z0-9]+)/gm),
  ]).map(([, target]) => target);

  expect(named).toContain('run');
  expect([...new Set(named)].filter((target) => !targets.includes(target))).toEqual([]);
});

test('no picture is kept that no document shows', () => {
  const pictures = readdirSync(join(ROOT, 'docs/images')).map((name) => `docs/images/${name}`);
  const shown = DOCUMENTS.map(read).join('\n');

  expect(pictures.filter((picture) => !shown.includes(picture.replace(/^docs\//, '')))).toEqual([]);
});

test('the doors that docs/deploy.md routes are those of each Service', async () => {
  const [, table = ''] = /\| Service \| paths \|\n(.*?)\n\n/s.exec(read('docs/deploy.md')) ?? [];
  const written = [...table.matchAll(/^\| `([\w-]+)` \| (`[A-Z]+ .*) \|$/gm)].map(
    ([, name = '', paths = '']) => [
      name,
      [...paths.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path).sort(),
    ],
  );

  expect(written.length).toBeGreaterThan(5);
  for (const [name, paths] of written) {
    const { default: module }: { default: FunctionModule } = await import(`../functions/${name}.ts`);
    // Only the Broker sends to the root.
    const routes = module.routes.filter(({ method, path }) => `${method} ${path}` !== 'POST /');
    expect(
      routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`).sort(),
      String(name),
    ).toEqual(paths);
  }
});
