/** Doing by hand, step by step, what the functions do: for tests of the races between the steps. */
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { expect } from 'vitest';
import runPipeline from '../../functions/run-pipeline.ts';
import { commit } from '../../lib/boundary.ts';
import { router } from '../../lib/http/router.ts';
import type { Service } from '../../lib/http/service.ts';
import { emptyBooks } from '../../lib/report/books.ts';
import { type BatchWork, commitBatch, readWatermark } from '../../lib/report/commit-row.ts';
import { openReport, raise } from '../../lib/report/fence.ts';
import { claim } from '../../lib/work/claim.ts';
import { asLogin } from '../setup/own-login.ts';

/** A Broker that loses everything: runs begin only by hand. */
export const nothingArrives = () => [];

/** Claims a run as `run-pipeline` does; it must be there to be taken. */
export async function claimed(service: Service, runId: string, checkpoint = 0) {
  const work = await commit('claim', service.runlog, (tx) => claim(tx, runId, checkpoint));
  expect(work, 'the claim').toBeDefined();
  return work!;
}

/** Delivers `run.continue` of a checkpoint; resolves to the status that it was answered with. */
export async function deliver(service: Service, runId: string, checkpoint: number): Promise<number> {
  const request = new Request('http://function/', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': randomUUID(),
      'ce-type': 'dev.kubescribe.run.continue',
      'ce-source': '/kubescribe/test',
    },
    body: JSON.stringify({ run_id: runId, pipeline: 'sample', checkpoint }),
  });
  return (await router(runPipeline.routes, service)(request)).status;
}

export { pass } from '../setup/clock.ts';

/** The report database as all who write it enter it: one login, or none could end the session of another. */
export const asReporter = (url: string) => asLogin(url, 'kubescribe-report');

/** The report session of a claim, with the fence raised. */
export async function entered(url: string, work: { scope: string; epoch: number }): Promise<Client> {
  const session = await openReport(asReporter(url), work.scope, work.epoch);
  await raise(session, work.scope, work.epoch);
  return session;
}

/** Commits one batch of one row under a claim. */
export async function batchOf(session: Client, work: { scope: string; epoch: number; run_id: string }) {
  const place = { scope: work.scope, task: 'only', runId: work.run_id, epoch: work.epoch };
  const before = await readWatermark(session, work.scope, 'only');
  return commitBatch(session, place, before, 'written', oneRow);
}

/** Writes one row of `written`, whose number is that of its commit. */
export const oneRow: BatchWork = async (client, commitId) => {
  await client.query('insert into written values ($1)', [commitId]);
  return { books: { ...emptyBooks(), read: 1, written: 1 } };
};

/** The table that `oneRow` writes. */
export const WRITTEN = 'create table written (commit_id bigint not null)';
