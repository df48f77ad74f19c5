import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LeaseHeld, PoisonEvent } from '../../../lib/events/receive.ts';
import { binary, door, LIMIT } from './door.ts';

test('whatever comes, the answer is one that Knative understands, and short', {
  timeout: 60_000,
}, async () => {
  const thrown = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3000 }).map((text) => new PoisonEvent(text)),
    fc.string({ unit: 'binary', maxLength: 3000 }).map((text) => new Error(text)),
    fc.constant(new LeaseHeld('held')),
    fc.constant(undefined),
  );
  const value = fc.string({
    unit: fc.integer({ min: 0x21, max: 0xff }).map((c) => String.fromCharCode(c)),
    minLength: 1,
    maxLength: 3000,
  });
  const headers = fc.record(
    {
      'ce-id': value,
      'ce-type': value,
      'ce-source': value,
      'ce-subject': value,
      'ce-time': value,
      'ce-dataschema': value,
      'x-request-id': value,
      'ce-specversion': fc.constantFrom('1.0', '0.3', '""', '\\'),
      'content-type': fc.oneof(
        fc.constantFrom(
          'application/json',
          'application/cloudevents+json',
          'text/xml',
          'application/xml',
          'application/octet-stream',
        ),
        value,
      ),
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => new Uint8Array(bytes)),
  );

  await fc.assert(
    fc.asyncProperty(headers, body, thrown, async (some, data, error) => {
      const deliver = door(async () => {
        if (error) throw error;
      });
      for (const sent of [
        { headers: some, body: data },
        { headers: { ...binary, ...some }, body: data },
      ]) {
        const response = await deliver(sent);
        const answer = await response.bytes();

        expect([204, 422, 429, 503]).toContain(response.status);
        if (response.status === 204) expect(answer).toHaveLength(0);
        expect(answer.length).toBeLessThanOrEqual(LIMIT);
      }
    }),
    { numRuns: 60 },
  );
});

test('an event that goes to another path or by another method is refused in few words', async () => {
  const id = { ...binary, 'x-request-id': '"'.repeat(3000) };
  const answers = [
    await door()({ path: `/${'"%00'.repeat(3000)}`, headers: id }),
    await door()({ method: 'PUT', headers: id }),
  ];

  for (const response of answers) expect((await response.bytes()).length).toBeLessThanOrEqual(LIMIT);
});
