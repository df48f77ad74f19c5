/** Sends dead events again, for people: `POST /dead-letters/{id}/replay`, and by filter `POST /dead-letters/replay`. */
import { commit } from '../lib/boundary.ts';
import { replayDeadLetter, replayDeadLetters } from '../lib/contract/dead-letters.ts';
import { letterIdOf, unknownLetter } from '../lib/dead-letters/named-letter.ts';
import { findDeadLetter } from '../lib/dead-letters/read.ts';
import { MOST_MATCHING, REPLAYS_A_MINUTE, replayMany, replayOne } from '../lib/dead-letters/replay.ts';
import { sendReplays } from '../lib/dead-letters/send.ts';
import { shownLetter } from '../lib/dead-letters/show.ts';
import { answerJson } from '../lib/http/answer.ts';
import { callerOf } from '../lib/http/caller.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { HttpProblem } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';

async function one({ request, path, body }: Asked<typeof replayDeadLetter>, service: Service) {
  const { why, dry_run: dryRun } = body;
  const id = letterIdOf(path.id);
  const caller = callerOf(request, service.config);
  const done = await commit('replay-dead-letter', service.runlog, (tx) =>
    replayOne(tx, id, caller, { why, dryRun }),
  );
  if (done.is === 'unknown') throw unknownLetter(path.id);
  if (done.is === 'refused') throw notReplayed(`Dead letter ${id} is not sent again: ${done.because}.`);
  if (done.is === 'on its way') throw notReplayed(`A replay of dead letter ${id} is on its way already.`);
  if (done.is === 'limited') throw tooManyRequests(done.wait);
  if (!dryRun) await sendReplays(service);
  const found = await findDeadLetter(service.runlog, id);
  if (!found) throw unknownLetter(path.id);
  const shown = shownLetter(found.letter, found.replays);
  if (dryRun) return answerJson(shown);
  return answerJson(shown, { status: 202, headers: { location: `/dead-letters/${id}` } });
}

async function many({ request, body }: Asked<typeof replayDeadLetters>, service: Service) {
  const { filter, why, dry_run: dryRun, expect, limit } = body;
  const caller = callerOf(request, service.config);
  const done = await commit('replay-dead-letters', service.runlog, (tx) =>
    replayMany(tx, filter, caller, { why, dryRun, expect, limit }),
  );
  if (done.is === 'limited') throw tooManyRequests(done.wait);
  if (done.is === 'too many') {
    const detail = `More than ${MOST_MATCHING} dead letters fit: narrow the filter.`;
    throw new HttpProblem({ status: 422, title: 'Too many at once', detail });
  }
  if (done.is === 'unexpected') {
    const { useful } = done.chosen;
    const detail = `${useful} useful ones fit, not ${expect ?? 'as many as "expect" has to say'}.`;
    throw new HttpProblem({ status: 409, title: 'Not what was expected', detail });
  }
  if (!dryRun) await sendReplays(service);
  return answerJson({ dry_run: dryRun, ...done.chosen }, { status: dryRun ? 200 : 202 });
}

const notReplayed = (detail: string) => new HttpProblem({ status: 409, title: 'Not to be replayed', detail });

const tooManyRequests = (wait: number) =>
  new HttpProblem({
    status: 429,
    title: 'Too many requests',
    detail: `At most ${REPLAYS_A_MINUTE} dead events are sent again a minute.`,
    headers: { 'retry-after': String(wait) },
  });

export default {
  routes: [door(replayDeadLetter, one), door(replayDeadLetters, many)],
} satisfies FunctionModule;
