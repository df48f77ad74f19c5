/** The bill of what a bundle holds, as CycloneDX: the packages whose code is in it, no more and no fewer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import * as z from 'zod';

const Package = z.looseObject({
  name: z.string(),
  version: z.string(),
  description: z.string().optional(),
  license: z.string().optional(),
});
/** The innermost package of a path; a scope belongs to its name. */
const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** Reads the packages of the files that went in; `root` holds package.json and node_modules. */
export function softwareBill(root: string, metafiles: readonly Metafile[]) {
  const read = (folder: string) =>
    Package.parse(JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')));
  const folders = metafiles
    .flatMap(({ inputs }) => Object.keys(inputs))
    .flatMap((path) => PACKAGE.exec(path)?.[1] ?? []);
  const own = read('.');
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: component(own, 'application') },
    components: [...new Set(folders)].sort().map((folder) => component(read(folder), 'library')),
  };
}

const component = ({ name, version, license }: z.infer<typeof Package>, type: 'application' | 'library') => ({
  type,
  name,
  version,
  purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  ...(license && { licenses: [{ expression: license }] }),
});
