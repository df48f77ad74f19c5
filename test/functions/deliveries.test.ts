import { describe, expect } from 'vitest';
import { type EventDoor, eventDoors, test, tick } from './doors.ts';

const LIMIT = 512;
const away = { RUNLOG_DB_URL: 'postgres://app:hunter2@127.0.0.1:1/runlog' };
const wellFormed: Record<EventDoor, readonly [Record<string, string>, string]> = {
  trigger: [tick(), '{}'],
  sweep: [tick({ 'ce-tick': 'minute' }), '{}'],
  'run-pipeline': [
    tick({ 'ce-type': 'dev.kubescribe.run.requested' }),
    '{"run_id":"7b0e6f7e-8f6e-4a53-9a55-0d1c32f4e8aa","pipeline":"plain","checkpoint":0}',
  ],
};

describe.each(eventDoors)('%s, as a consumer of events,', (door) => {
  test('answers 204 to its own and says nothing', async ({ open }) => {
    const response = await open().deliver(door, ...wellFormed[door]);

    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
  });

  test.for([
    ['another type', tick({ 'ce-type': 'com.example.other' }), '{}'],
    ['another type, endless', tick({ 'ce-type': 'é"\\'.repeat(1000) }), '{}'],
    ['broken data', wellFormed[door][0], '{"run_id":'],
    ['data of another shape', tick({ 'ce-type': 'dev.kubescribe.run.requested' }), '{"run_id":"1"}'],
    ['no event', { 'content-type': 'application/json' }, '{}'],
  ] as const)('answers 422 in few words to %s', async ([, headers, body], { open }) => {
    const response = await open().deliver(door, headers, body);

    expect(response.status).toBe(422);
    expect((await response.bytes()).length).toBeLessThanOrEqual(LIMIT);
  });

  test('answers 503 in few words while RunLog is away', async ({ open }) => {
    const response = await open(away).deliver(door, ...wellFormed[door]);
    const text = await response.text();

    expect(response.status).toBe(503);
    expect(text.length).toBeLessThanOrEqual(LIMIT);
    expect(text).not.toContain('hunter2');
  });
});
