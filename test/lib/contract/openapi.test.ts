import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { openApiDocument } from '../../../infra/write-openapi.ts';
import { test } from '../../functions/doors.ts';

const FILE = join(import.meta.dirname, '../../../docs/openapi.json');

test('docs/openapi.json is what the contract says', async () => {
  expect(await readFile(FILE, 'utf8'), 'run: node infra/write-openapi.ts').toBe(openApiDocument());
});

test('a page of runs fits its schema', async ({ open }) => {
  const { ask, trigger } = open();
  await trigger({ pipeline: 'plain' });

  const runs = await (await ask('/runs')).json();

  const document = JSON.parse(openApiDocument());
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  ajv.addSchema(document, 'api');
  const fits = ajv.compile({ $ref: 'api#/paths/~1runs/get/responses/200/content/application~1json/schema' });
  expect(runs).toHaveLength(1);
  expect(fits(runs), JSON.stringify(fits.errors)).toBe(true);
});
