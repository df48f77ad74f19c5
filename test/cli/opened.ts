import { onTestFinished } from 'vitest';
import { listen } from '../../lib/http/host.ts';
import type { Product } from '../setup/product.ts';

/** The product's functions behind a port; returns the address. */
export async function opened(product: Pick<Product, 'ask'>): Promise<string> {
  const listening = await listen(
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const body = request.method === 'GET' ? undefined : await request.text();
      return product.ask(pathname + search, {
        method: request.method,
        headers: request.headers,
        ...(body !== undefined && { body }),
      });
    },
    { port: 0, host: '127.0.0.1' },
  );
  onTestFinished(() => listening.close());
  return `http://127.0.0.1:${listening.port}`;
}
