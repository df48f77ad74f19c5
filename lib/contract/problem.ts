import * as z from 'zod';

const Fault = z.object({
  pointer: z.string().exactOptional().meta({ description: 'Its place in the body, a JSON Pointer.' }),
  parameter: z.string().exactOptional().meta({ description: 'Its name in the query or the path.' }),
  header: z.string().exactOptional(),
  detail: z.string(),
});

/** The one shape of every error (RFC 9457). */
export const Problem = z
  .object({
    type: z
      .string()
      .regex(/^\/problems\/[a-z-]+$/)
      .meta({ description: 'Stable; a page that explains it.' }),
    title: z.string().meta({ description: 'The same for every problem of the type.' }),
    status: z.int().min(400).max(599),
    detail: z.string().exactOptional().meta({ description: 'What happened this time, and what to do.' }),
    instance: z.string().exactOptional().meta({ description: 'The id of the request.' }),
    errors: z.array(Fault).exactOptional().meta({ description: 'Each fault and its place.' }),
    run: z.string().exactOptional().meta({ description: 'The path of the run that it is about.' }),
    live_run: z.string().exactOptional().meta({ description: 'The path of the run in the way.' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
