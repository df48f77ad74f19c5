import * as z from 'zod';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** A text that a function may find fault with. */
export const refine = (fault: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = fault(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

export const Metadata = z.looseObject({
  name: z.string().regex(DNS_LABEL, 'must be a DNS label'),
  namespace: z.string().regex(DNS_LABEL, 'must be a DNS label').optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

export const ConfigMapResource = z.looseObject({
  metadata: Metadata,
  data: z.record(z.string(), z.string()).default({}),
});

/** What every document must have to be a Kubernetes resource. */
export const AnyResource = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
