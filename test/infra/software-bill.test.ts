import { join } from 'node:path';
import { expect, test } from 'vitest';
import { softwareBill } from '../../infra/software-bill.ts';

const ROOT = join(import.meta.dirname, '../..');
const NOTHING = { bytes: 0, imports: [] };
const holding = (...files: string[]) => ({
  inputs: Object.fromEntries(files.map((file) => [file, NOTHING])),
  outputs: {},
});

test('the bill names each package whose code is inside once, with its version and licence', () => {
  const { metadata, components } = softwareBill(ROOT, [
    holding('lib/config.ts', 'node_modules/zod/v4/core/core.js', 'node_modules/zod/index.js'),
    holding('node_modules/zod/index.js', 'node_modules/@kubernetes/client-node/dist/index.js'),
  ]);

  expect(metadata.component).toMatchObject({ type: 'application', name: 'kubescribe', version: '0.1.0' });
  expect(components).toMatchObject([
    {
      name: '@kubernetes/client-node',
      purl: expect.stringMatching(/^pkg:npm\/%40kubernetes\/client-node@\d/),
      licenses: [{ expression: 'Apache-2.0' }],
    },
    { name: 'zod', licenses: [{ expression: 'MIT' }] },
  ]);
});
