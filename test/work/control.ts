import type { Product } from '../setup/product.ts';

/** A request at one of the doors by which people intervene in a run. */
export const control = (
  { ask }: Pick<Product, 'ask'>,
  runId: string,
  verb: 'cancel' | 'replay' | 'resume',
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  ask(`/runs/${runId}/${verb}`, {
    method: 'POST',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
