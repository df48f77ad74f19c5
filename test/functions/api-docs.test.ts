import { apiDocument } from '../../console/api-document.ts';
import { problems } from '../../lib/contract/problems.ts';
import { problemType } from '../../lib/http/problem.ts';
import { expect, test } from '../setup/product.ts';
import { problem } from './doors.ts';

test('GET /openapi.json is the committed document, and 304 to who has it', async ({ product }) => {
  const { ask } = await product({ pipelines: [] });

  const first = await ask('/openapi.json');
  const etag = first.headers.get('etag') ?? '';
  const again = await ask('/openapi.json', { headers: { 'if-none-match': `"other", W/${etag}` } });

  expect(await first.json()).toMatchObject({ openapi: '3.1.1', info: { title: 'KubeScribe' } });
  expect(again.status).toBe(304);
  expect(await again.text()).toBe('');
});

test('GET /docs shows every door with its example, and loads nothing from elsewhere', async ({ product }) => {
  const { ask } = await product({ pipelines: [] });
  const { document } = await apiDocument();

  const response = await ask('/docs');
  const page = await response.text();

  for (const methods of Object.values(document.paths))
    for (const { operationId } of Object.values(methods)) expect(page).toContain(`id="${operationId}"`);
  expect(page).toContain('curl -X POST http://product/backfills');
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  const etag = response.headers.get('etag') ?? '';
  expect((await ask('/docs', { headers: { 'if-none-match': etag } })).status).toBe(304);
});

test('the type of every problem leads to what it means', async ({ product }) => {
  const { ask } = await product({ pipelines: [] });

  const all = await (await ask('/problems')).text();

  for (const title of Object.keys(problems)) expect(all).toContain(`>${title}</a>`);
  expect(all).toContain(`href="${problemType('Run skipped')}"`);
  expect(await (await ask('/problems/run-skipped')).text()).toContain(
    problems['Run skipped'].mend.slice(0, 20),
  );
  expect((await problem(await ask('/problems/no-such'))).status).toBe(404);
});
