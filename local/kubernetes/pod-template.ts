import { resolve } from 'node:path';
import * as z from 'zod';
import { readDirectory } from '../manifests/kustomize.ts';

export const POD_TEMPLATE = 'PodTemplate';

const Named = z.looseObject({
  kind: z.literal(POD_TEMPLATE),
  metadata: z.looseObject({ name: z.literal('job') }),
});

/** The PodTemplate of Jobs, as the manifests of a directory have it; undefined when they have none. */
export function readPodTemplate(directory: string): unknown {
  const documents = readDirectory(resolve(directory), [], []);
  return documents.map(({ value }) => Named.safeParse(value)).find(({ success }) => success)?.data;
}
