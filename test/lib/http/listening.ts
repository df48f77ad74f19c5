import { onTestFinished } from 'vitest';
import { type Listening, listen } from '../../../lib/http/host.ts';
import type { Handler } from '../../../lib/http/router.ts';

/** Serves a handler until the test has finished. */
export async function serve(handler: Handler): Promise<Listening> {
  const listening = await listen(handler, { port: 0, host: '127.0.0.1' });
  onTestFinished(async () => {
    listening.server.closeAllConnections();
    await listening.close();
  });
  return listening;
}

export const at = ({ port }: Listening, path = '/') => `http://127.0.0.1:${port}${path}`;
