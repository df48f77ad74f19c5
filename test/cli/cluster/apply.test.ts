import { chmodSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { apply } from '../../../cli/cluster/apply.ts';
import { folder } from '../command.ts';

/** A kubectl that says this to stderr and fails, and succeeds when it is asked again. */
function failingOnce(complaint: string): { asked(): number } {
  const place = folder({
    kubectl: `#!/bin/sh\ncat >/dev/null\necho x >>"$0.calls"\n[ "$(wc -l <"$0.calls")" -gt 1 ] || { echo '${complaint}' >&2; exit 1; }\n`,
  });
  chmodSync(join(place, 'kubectl'), 0o755);
  vi.stubEnv('PATH', `${place}${delimiter}${process.env.PATH ?? ''}`);
  return { asked: () => readFileSync(join(place, 'kubectl.calls'), 'utf8').split('\n').length - 1 };
}

afterEach(() => vi.unstubAllEnvs());

test('a webhook that does not answer yet is asked again', async () => {
  const { asked } = failingOnce(
    'failed calling webhook "webhook.eventing.knative.dev": connect: connection refused',
  );

  await apply([{ kind: 'Broker' }]);

  expect(asked()).toBe(2);
});

test('what a webhook refuses stays refused', async () => {
  const { asked } = failingOnce(
    'admission webhook "validation.webhook.eventing.knative.dev" denied the request',
  );

  await expect(apply([{ kind: 'Broker' }])).rejects.toThrow('denied the request');

  expect(asked()).toBe(1);
});
