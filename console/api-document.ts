/** The OpenAPI document as it is committed: its text, and its parts as the API's page shows them. */
import { createHash } from 'node:crypto';
import * as z from 'zod';

export type Schema = {
  $ref?: string | undefined;
  type?: string | string[] | undefined;
  format?: string | undefined;
  description?: string | undefined;
  enum?: unknown[] | undefined;
  const?: unknown;
  anyOf?: Schema[] | undefined;
  items?: Schema | undefined;
  properties?: Record<string, Schema> | undefined;
  required?: string[] | undefined;
  examples?: unknown[] | undefined;
  example?: unknown;
  default?: unknown;
};

const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    format: z.string().optional(),
    description: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    anyOf: z.array(Schema).optional(),
    items: Schema.optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
    examples: z.array(z.unknown()).optional(),
  }),
);

const Content = z.record(z.string(), z.object({ schema: Schema })).optional();
const Operation = z.object({
  tags: z.array(z.string()),
  operationId: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  parameters: z
    .array(
      z.object({
        in: z.enum(['query', 'path', 'header']),
        name: z.string(),
        required: z.boolean().optional(),
        description: z.string().optional(),
        schema: Schema,
      }),
    )
    .default([]),
  requestBody: z.object({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(
    z.string(),
    z.object({
      description: z.string(),
      headers: z.record(z.string(), z.unknown()).default({}),
      content: Content,
    }),
  ),
});
export type Operation = z.infer<typeof Operation>;

const Document = z.object({
  info: z.object({ description: z.string(), version: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
});

let known: Promise<{ text: string; etag: string; document: z.infer<typeof Document> }> | undefined;

/** Read at the first call: who hosts other functions beside this one does not pay for it. */
export function apiDocument() {
  known ??= read();
  return known;
}

async function read() {
  const { default: json }: { default: unknown } = await import('../docs/openapi.json', {
    with: { type: 'json' },
  });
  const text = JSON.stringify(json, null, 2);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  return { text, etag, document: Document.parse(json) };
}
