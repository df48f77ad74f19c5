/** The fields of Kubernetes' own kinds, as its generated client knows them; whatever else is written is a fault. */
import * as models from '@kubernetes/client-node';
import * as z from 'zod';

const Fields = z.array(z.object({ baseName: z.string(), type: z.string() }));
/** Type and what a value of it must be. */
const SIMPLE: Record<string, z.ZodType> = {
  string: z.string(),
  number: z.number(),
  boolean: z.boolean(),
  Date: z.iso.datetime(),
  IntOrString: z.union([z.int(), z.string()]),
  any: z.unknown(),
  object: z.looseObject({}),
};
const ARRAY = /^(?:Array|Set)<(.*)>$/;
const MAP = /^\{ \[key: string\]: (.*); \}$/;

/** What of a value does not fit a type of the client, such as `V1Job`; a line a fault. */
export function coreFaults(type: string, value: unknown, path: string): string[] {
  const simple = SIMPLE[type];
  if (simple)
    return simple.safeParse(value).success ? [] : [`${path}: ${JSON.stringify(value)} is no ${type}`];
  const [, item] = ARRAY.exec(type) ?? [];
  if (item) {
    if (!Array.isArray(value)) return [`${path}: must be a list`];
    return value.flatMap((one, i) => coreFaults(item, one, `${path}[${i}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path}: must be an object`];
  const [, entry] = MAP.exec(type) ?? [];
  if (entry) return Object.entries(value).flatMap(([key, one]) => coreFaults(entry, one, `${path}.${key}`));
  const known = fieldsOf(type);
  return Object.entries(value).flatMap(([key, one]) => {
    const field = known.get(key);
    return field === undefined
      ? [`${path}.${key}: ${type} has no such field`]
      : coreFaults(field, one, `${path}.${key}`);
  });
}

function fieldsOf(type: string): ReadonlyMap<string, string> {
  const fields = Fields.parse(Reflect.get(Object(Reflect.get(models, type)), 'attributeTypeMap'));
  return new Map(fields.map(({ baseName, type: of }) => [baseName, of]));
}
