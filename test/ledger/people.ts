/** What people do at the doors. */
import { expect } from 'vitest';
import type { Overlap } from '../../lib/requests/ask.ts';
import { runOf } from '../work/pipeline-of.ts';
import { Command, pick } from './command.ts';
import * as model from './model.ts';
import { pauseAt, resumeAt } from './plan-model.ts';
import { HOURLY, peoplesPolicy } from './real.ts';

export const ask = (pipeline: string, policy: Overlap, lane: string, key: string | undefined) =>
  new Command(`ask ${pipeline} in "${lane}" ${key ?? ''}`, async (ledger, real, at) => {
    const wish = `${pipeline}/${lane}`;
    const before = key === undefined ? undefined : ledger.keys.get(key);
    const answer = await real.trigger(
      { pipeline, params: { lane } },
      key === undefined ? {} : { 'idempotency-key': key },
    );
    if (before && before.wish !== wish) return expect(answer.status).toBe(422);
    if (before) return expect(await idOf(answer)).toBe(before.id);
    const id = await idOf(answer);
    if (key !== undefined) ledger.keys.set(key, { id, wish });
    model.ask(ledger, at, { id, pipeline, lane, kind: 'person' }, policy === 'allow' ? 'queue-all' : policy);
  });

/** A skipped run is named in the problem, an accepted one in the answer. */
async function idOf(answer: Response): Promise<string> {
  if (answer.status !== 409) return runOf(answer);
  const problem: unknown = await answer.json();
  return String((problem as { run?: string }).run).replace('/runs/', '');
}

export const cancelling = (n: number) =>
  new Command(`cancel ${n}`, async (ledger, { ask }, at) => {
    const request = pick(ledger.requests.toReversed(), n);
    if (!request) return;
    const { status } = await ask(`/runs/${request.id}/cancel`, { method: 'POST' });
    expect([200, 202].includes(status), `cancel: ${status}`).toBe(model.cancel(ledger, request, at));
  });

export const replaying = (n: number) =>
  new Command(`replay ${n}`, async (ledger, { ask }, at) => {
    const old = pick(ledger.requests.toReversed(), n);
    if (!old) return;
    const answer = await ask(`/runs/${old.id}/replay`, { method: 'POST' });
    if (old.state === 'waiting' || old.state === 'live') return expect(answer.status).toBe(409);
    const { pipeline, lane } = old;
    const policy = peoplesPolicy.find(([name]) => name === pipeline)![1];
    model.ask(
      ledger,
      at,
      { id: await idOf(answer), pipeline, lane, kind: 'replay' },
      policy === 'allow' ? 'queue-all' : policy,
    );
  });

export const pausing = (verb: 'pause' | 'resume') =>
  new Command(verb, async (ledger, { ask }, at) => {
    const { status } = await ask(`/pipelines/${HOURLY}/${verb}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"why":"as asked"}',
    });
    expect(status).toBe(200);
    if (verb === 'pause') pauseAt(ledger, HOURLY, at);
    else resumeAt(ledger, at);
  });
