import { loadConfig } from '../../../lib/config.ts';
import { eventRoute, type Received } from '../../../lib/events/receive.ts';
import { router } from '../../../lib/http/router.ts';
import { createService } from '../../../lib/http/service.ts';

/** More than this and the cluster's dispatcher comes near its crash. */
export const LIMIT = 512;

export type Sent = {
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  path?: string;
  method?: string;
};

/** The door for events with a handler of the test's own. */
export function door(handle: (event: Received) => Promise<void> = async () => {}) {
  const service = createService(loadConfig({ LOG_LEVEL: 'silent' }));
  const handler = router([eventRoute(handle)], service);
  return ({ headers = binary, body = '{}', path = '/', method = 'POST' }: Sent = {}) =>
    handler(
      new Request(new URL(path, 'http://function'), { method, headers, ...(method === 'POST' && { body }) }),
    );
}

export const binary: Record<string, string> = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-type': 't',
  'ce-source': '/s',
};
