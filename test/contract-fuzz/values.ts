/** Values by a schema of the OpenAPI document, and values that no schema would have. */
import fc from 'fast-check';

export type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: string[];
  anyOf?: Schema[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
};

const NASTY = [
  ...['', ' ', '\0', '..', '../../etc', "' or 1=1 --", '{}', '[]', 'null', '-1', '1e309', '0x10', '%00', '*'],
  ...['9'.repeat(40), 'a'.repeat(3000), '\u{1f600}', '\u202e', 'é́', '2026-13-45', '+275760-09-13T00:00:00Z'],
  ...['0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', 'bm90IGEgY3Vyc29y', 'WyJ4Il0', 'W251bGxd'],
];

/** A text that hardly anything expects. */
export const nasty: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);

const instant = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** The first and last that are taken, and some beyond them. */
const EDGES = [
  ...['0000-01-01T00:00:00Z', '0999-12-31T23:59:59Z', '1000-01-01T00:00:00Z', '1000-01-01T00:00:00+14:00'],
  ...['9998-12-31T23:59:59.999999Z', '9998-12-31T23:59:59-14:00', '9999-12-31T23:59:59.999999Z'],
];
const times = fc.oneof(instant, fc.constantFrom(...EDGES));
const keys = fc.oneof(
  fc.tuple(times, fc.oneof(fc.uuid(), fc.maxSafeInteger())),
  fc.tuple(times, times, times),
  fc.tuple(fc.string({ maxLength: 20 }), fc.maxSafeInteger(), fc.constantFrom('', '00', 'ff')),
  fc.maxSafeInteger(),
  nasty,
);

/** A place in a list as a cursor would name it, that no `Link` gave. */
const forged = fc
  .tuple(fc.constantFrom('<', '<=', '>', '>='), keys)
  .map((place) => Buffer.from(JSON.stringify(place)).toString('base64url'));

/** A value that a schema may take. */
export function fitting(schema: Schema, resolve: (ref: string) => Schema): fc.Arbitrary<unknown> {
  if (schema.$ref) return fitting(resolve(schema.$ref), resolve);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => fitting(one, resolve)));
  const [type] = [schema.type].flat();
  if (type === 'integer' || type === 'number')
    return fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 300, 2 ** 31 - 1) });
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'array') return fc.array(fitting(schema.items ?? {}, resolve), { maxLength: 4 });
  if (schema.properties) {
    const members = Object.entries(schema.properties).map(([name, one]) => [name, fitting(one, resolve)]);
    const model: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(members);
    return fc.record(model, { requiredKeys: schema.required ?? [] });
  }
  if (type === 'object') return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue(), { maxKeys: 3 });
  if (type === undefined) return fc.jsonValue();
  if (schema.format === 'date-time') return times;
  if (schema.format === 'uuid') return fc.uuid();
  return fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.constantFrom('because', '0 3 * * *', 'UTC'),
    forged,
  );
}

/** JSON so deep that reading it without care overflows. */
export const deep = fc
  .integer({ min: 10, max: 5000 })
  .map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`);
