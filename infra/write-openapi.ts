/** Writes the OpenAPI document from the contract: `node infra/write-openapi.ts` after a change in lib/contract. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import { createDocument } from 'zod-openapi';
import { operations } from '../lib/contract/all.ts';
import type { Operation } from '../lib/contract/operation.ts';

const FILE = join(import.meta.dirname, '../docs/openapi.json');

/** The document's text, as it must be. */
export function openApiDocument(): string {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations as readonly Operation[]) {
    const path = operation.path.replaceAll(/:([a-z_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described(operation) };
  }
  const document = createDocument({
    openapi: '3.1.1',
    info: {
      title: 'KubeScribe',
      version: '1',
      description: 'Scheduled data pipelines, with a flight recorder.',
    },
    paths,
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}

function described({ id, summary, detail, query, headers, body, answers }: Operation) {
  return {
    operationId: id,
    summary,
    ...(detail && { description: detail }),
    requestParams: { ...(query && { query }), ...(headers && { header: headers }) },
    ...(body && { requestBody: { content: json(body) } }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, { says, body: told }]) => [
        status,
        { description: says, ...(told && { content: json(told) }) },
      ]),
    ),
  };
}

const json = (schema: z.ZodType) => ({ 'application/json': { schema } });

if (import.meta.main) await writeFile(FILE, openApiDocument());
