import { randomUUID } from 'node:crypto';

/** A tick of a PingSource in binary mode. */
export function tickEvent(kind: 'schedule' | 'minute' | 'daily'): Request {
  return new Request('http://function/', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': randomUUID(),
      'ce-type': 'dev.knative.sources.ping',
      'ce-source': '/apis/v1/namespaces/kubescribe/pingsources/test',
      'ce-tick': kind,
    },
    body: '{}',
  });
}
