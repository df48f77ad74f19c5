import * as z from 'zod';

/** What a process does to itself, and at which passing of which point: `claim:after:2`. */
const Act = z.object({ at: z.string(), signal: z.enum(['SIGKILL', 'SIGSTOP', 'SIGTERM']) });

export const Acts = z.array(Act);
export type Act = z.infer<typeof Act>;
