/** Requests made of the OpenAPI document: as it says, and as it does not. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { deep, fitting, nasty, type Schema } from './values.ts';

type Parameter = { in: 'path' | 'query' | 'header'; name: string; required?: boolean; schema: Schema };
type Operation = {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

export type Asked = { method: string; path: string; headers: Record<string, string>; body?: string };

/** What there is to be asked about. */
export type Known = { runs: readonly string[]; pipelines: readonly string[]; tables: readonly string[] };

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];
const BROKEN = ['%', '%zz', '%E0%A4', '%ED%A0%80', '%00', '//', '/.', '/x', '?', '#'];
/** Of the columns of a report; some mean nothing. */
const CONDITIONS = [
  'name=x',
  'number>=1',
  'at<2026-01-01',
  '!facts',
  'amount!=NaN',
  'facts={}',
  'many>{a}',
  'name',
];
/** Of a row of it. */
const KEYS = ['{"name":"=1","number":1}', '["=1",1]', '{"name":"x","number":"y"}', '[]', 'name==1', '{'];
const FAST = '"wait=0", wait=0';

/** Good and bad requests to every door, one as likely as another. */
export function requests(known: Known): fc.Arbitrary<Asked> {
  const document: Document = JSON.parse(
    readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
  );
  const resolve = (ref: string) => document.components.schemas[ref.split('/').at(-1) ?? ''] ?? {};
  const doors = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => asking(path, method.toUpperCase(), operation)),
  );
  return fc.oneof(...doors);

  function asking(template: string, method: string, operation: Operation): fc.Arbitrary<Asked> {
    const parameters = operation.parameters ?? [];
    const body = operation.requestBody?.content['application/json']?.schema;
    const all = (kind: Parameter['in']): fc.Arbitrary<Record<string, string>> => {
      const some = parameters.filter((one) => one.in === kind);
      return fc
        .tuple(
          ...some.map((one) => fc.option(valueFor(one), { nil: undefined, freq: kind === 'path' ? 50 : 2 })),
        )
        .map((values) =>
          Object.fromEntries(
            some.flatMap(({ name }, i) => (values[i] === undefined ? [] : [[name, values[i]]])),
          ),
        );
    };
    return fc
      .record({
        method: mostly(fc.constant(method), fc.constantFrom(...METHODS)),
        segments: all('path'),
        query: mostly(all('query'), fc.dictionary(nasty, nasty, { maxKeys: 3 })),
        named: all('header'),
        body: body ? bodyOf(body) : mostly(fc.constant(undefined), fc.json()),
        type: mostly(
          fc.constant('application/json'),
          fc.constantFrom('text/plain', 'application/x+json', ';'),
        ),
        broken: mostly(fc.constant(''), fc.constantFrom(...BROKEN)),
      })
      .map(({ segments, query, named, body: text, type, broken, ...rest }) => {
        const filled = template.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) =>
          encoded(segments[name] ?? ''),
        );
        const search = new URLSearchParams(
          Object.entries(query).map(([name, value]): [string, string] => [
            name.toWellFormed(),
            value.toWellFormed(),
          ]),
        );
        const headers = Object.fromEntries(
          Object.entries(named).map(([name, value]) => [name, latin(value)]),
        );
        return {
          ...rest,
          path: `${filled || '/'}${broken}${search.size > 0 ? `?${search}` : ''}`.slice(0, 8000),
          headers: { ...headers, ...(text !== undefined && { 'content-type': type }) },
          ...(text !== undefined && { body: text }),
        };
      });
  }

  function valueFor({ name, in: kind, schema }: Parameter): fc.Arbitrary<string> {
    // Who prefers to wait is answered later on purpose.
    if (name === 'prefer') return fc.constantFrom(FAST, 'wait=0', 'wait=-1', 'respond-async', 'wait', ',;=');
    if (name === 'where') return mostly(fc.constantFrom(...CONDITIONS), nasty);
    if (name === 'key') return mostly(fc.constantFrom(...KEYS), nasty);
    const there = name === 'table' ? known.tables : [...known.runs, ...known.pipelines];
    const named = name === 'table' || (kind === 'path' && !schema.enum);
    const good = named ? fc.constantFrom(...there) : fitting(schema, resolve).map(String);
    return mostly(good, nasty);
  }

  function bodyOf(schema: Schema): fc.Arbitrary<string | undefined> {
    const about = fc.constantFrom(...known.pipelines);
    const good = fc.tuple(fitting(schema, resolve), about).map(([value, pipeline]) => {
      const named = typeof value === 'object' && value !== null && 'pipeline' in value;
      return JSON.stringify(named ? { ...value, pipeline } : value);
    });
    const big = fc.constant(JSON.stringify({ why: 'x'.repeat(1_100_000) }));
    return fc.oneof(
      { weight: 12, arbitrary: good },
      { weight: 4, arbitrary: fc.json({ maxDepth: 4 }) },
      { weight: 2, arbitrary: nasty },
      { weight: 2, arbitrary: deep },
      { weight: 2, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: good.map((text) => text.slice(0, -1)) },
      { weight: 1, arbitrary: big },
    );
  }
}

const mostly = <A, B>(good: fc.Arbitrary<A>, bad: fc.Arbitrary<B>): fc.Arbitrary<A | B> =>
  fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: bad });

/** An empty segment or dots would make another path. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed()).replaceAll('.', '%2E');

/** What a header can carry. */
const latin = (text: string) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');
