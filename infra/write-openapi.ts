/** Writes the OpenAPI document from the contract: `node infra/write-openapi.ts` after a change in lib/contract. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDocument, type ZodOpenApiOverride } from 'zod-openapi';
import { operations } from '../lib/contract/all.ts';
import { answerHeaders } from '../lib/contract/answer-headers.ts';
import type { Operation } from '../lib/contract/operation.ts';
import { tags } from '../lib/contract/tags.ts';
import { responsesOf } from './openapi-responses.ts';

const FILE = join(import.meta.dirname, '../docs/openapi.json');

const ABOUT = `Scheduled data pipelines, with a flight recorder.

Errors are problem documents (RFC 9457), lists are bare arrays with the neighbouring pages in \`Link\`, times are RFC 3339
in UTC. Answers may gain members and doors may gain optional parameters without a new version: ignore what you do not
know. Every door that reads by GET answers HEAD too.`;

/** The document's text, as it must be. */
export function openApiDocument(): string {
  const paths: Record<string, Record<string, object>> = {};
  const used = new Set<string>();
  for (const operation of operations as readonly Operation[]) {
    const path = operation.path.replaceAll(/:([a-z_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described(operation) };
    used.add(operation.tag);
  }
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'KubeScribe',
        version: '1',
        description: ABOUT,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      security: [],
      tags: Object.entries(tags)
        .filter(([name]) => used.has(name))
        .map(([name, description]) => ({ name, description })),
      paths,
      components: {
        headers: Object.fromEntries(
          Object.entries(answerHeaders).map(([name, description]) => [
            name,
            { description, schema: { type: 'string' } },
          ]),
        ),
      },
    },
    { override: plain },
  );
  return `${JSON.stringify(document, null, 2)}\n`;
}

function described(operation: Operation) {
  const { tag, id, summary, detail, segments, query, headers, body, lines } = operation;
  const named = [...operation.path.matchAll(/:([a-z_]+)/g)].map(([, name]) => name);
  const told = Object.keys(segments?.shape ?? {});
  if (named.join() !== told.join()) throw new Error(`${id}: "segments" must describe ${named.join(', ')}.`);
  return {
    tags: [tag],
    operationId: id,
    summary,
    ...(detail && { description: detail }),
    requestParams: {
      ...(segments && { path: segments }),
      ...(query && { query }),
      ...(headers && { header: headers }),
    },
    ...(body && {
      requestBody: {
        // None counts as {}.
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: body } },
      },
    }),
    ...(lines && {
      requestBody: { required: true, content: { 'application/x-ndjson': { schema: lines } } },
    }),
    responses: responsesOf(operation),
  };
}

/**
 * A format says what the patterns beside it do, and no reader needs the limits of a double. Answers may gain members:
 * only tests hold them to these.
 */
const plain: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  if (jsonSchema.format === 'date-time' || jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};

if (import.meta.main) await writeFile(FILE, openApiDocument());
