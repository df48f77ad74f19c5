import * as z from 'zod';

/** One or more values of a kind, with commas between them or each under the parameter's name. */
export const several = <T extends z.ZodType<string, string>>(of: T) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [...new Set([given].flat().flatMap((text) => text.split(',')))])
    .pipe(z.array(of).min(1))
    .meta({ override: { type: 'array', minItems: 1, items: itemsOf(of) } });

const itemsOf = (of: z.ZodType) => ({
  type: 'string' as const,
  ...(of instanceof z.ZodEnum && { enum: [...of.options] }),
});
