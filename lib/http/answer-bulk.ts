/** Answers to wishes about many runs: what they would be about, or what became of each. */
import { beginBulk, endBulk, findBulk } from '../bulk/begin.ts';
import type { cancelMany, Fate } from '../bulk/carry-out.ts';
import type { Subject } from '../bulk/select.ts';
import { MOST_RUNS } from '../contract/many-runs.ts';
import type { Db } from '../db/connect.ts';
import type { RunFilter } from '../ledger/run-filter.ts';
import { questionOf } from '../requests/asked-once.ts';
import { answer, answerJson } from './answer.ts';
import { refuseReuse } from './answer-asked.ts';
import { callerOf } from './caller.ts';
import { badRequest, HttpProblem } from './problem.ts';
import type { Service } from './service.ts';

/** Runs that a dry run names. */
const SAMPLE = 20;
const JSON_TYPE = { 'content-type': 'application/json' };

type Asked = {
  request: Request;
  headers: { 'idempotency-key'?: string | undefined };
  body: { filter: RunFilter; dry_run: boolean; expect?: number | undefined; why?: string | undefined };
};

type Doing = {
  action: 'runs.cancel' | 'runs.replay';
  select(db: Db, filter: RunFilter): Promise<Subject[]>;
  carryOut: typeof cancelMany;
};

/** Tells what a wish would be about; or does it, when it is about as many runs as the caller expects. */
export async function answerBulk({ request, headers, body }: Asked, service: Service, doing: Doing) {
  const { runlog, config } = service;
  if (body.dry_run) return answerJson(preview(await few(doing.select(runlog, body.filter))));
  const { expect, why } = demanded(body);
  const key = headers['idempotency-key'];
  const { pathname } = new URL(request.url);
  const question = key === undefined ? undefined : questionOf(key, { at: pathname, body });
  const before = question && (await findBulk(runlog, question).catch(refuseReuse));
  if (before?.told) return repeated(before.told);

  const subjects = before ? before.subjects : await few(doing.select(runlog, body.filter));
  if (!before && subjects.length !== expect) throw changed(expect, subjects.length);
  if (subjects.length === 0) return answerJson(preview([]));
  const caller = callerOf(request, config);
  const wish = { action: doing.action, filter: body.filter, why, actor: caller, question };
  const bulk = before ?? (await beginBulk(runlog, subjects, wish).catch(refuseReuse));
  if (bulk.told) return repeated(bulk.told);

  const runs = await doing.carryOut({ service, bulk, caller, why });
  const told = outcome(bulk.id, runs);
  const text = JSON.stringify(told);
  const kept = question && told.left === 0 ? await endBulk(runlog, question, text) : text;
  return answer(kept, { headers: JSON_TYPE });
}

const repeated = (text: string) => answer(text, { headers: { ...JSON_TYPE, 'idempotent-replayed': 'true' } });

function demanded({ expect, why }: Asked['body']) {
  if (expect !== undefined && why !== undefined) return { expect, why };
  const errors = [
    ...(expect === undefined ? [{ pointer: '/expect', detail: 'Say how many a dry run told of.' }] : []),
    ...(why === undefined ? [{ pointer: '/why', detail: 'Say why.' }] : []),
  ];
  throw badRequest('What is done to many runs needs "expect" and "why": begin with "dry_run": true.', {
    errors,
  });
}

async function few(selecting: Promise<Subject[]>): Promise<Subject[]> {
  const subjects = await selecting;
  if (subjects.length <= MOST_RUNS) return subjects;
  const detail = `More than ${MOST_RUNS} runs are meant. Narrow the filter, by "from" and "to" for instance.`;
  throw new HttpProblem({ status: 422, title: 'Too many runs', detail });
}

const preview = (subjects: Subject[]) => ({
  bulk_id: null,
  count: subjects.length,
  left: 0,
  runs: subjects
    .slice(0, SAMPLE)
    .map(({ run_id, pipeline }) => ({ run_id, component: pipeline, fate: 'matched' })),
});

const outcome = (id: string, runs: Fate[]) => ({
  bulk_id: id,
  count: runs.length,
  left: runs.filter(({ fate }) => fate === 'left').length,
  runs,
});

function changed(expect: number, count: number): HttpProblem {
  const detail = `${expect} runs were expected, and ${count} are meant now. Nothing was done: look again.`;
  return new HttpProblem({ status: 409, title: 'Other runs than expected', detail });
}
