/** The demo's first minute: one run that fails for a visible reason, and the one that recovers. */
import type { Db } from '../../lib/db/connect.ts';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import { askAsPerson } from '../../lib/requests/ask-as-person.ts';

/** Asks for both, once for as long as the data lives; they wait in their lane for each other. */
export async function askForStory(db: Db, pipelines: readonly Pipeline[]): Promise<void> {
  const pipeline = pipelines.find((candidate) => candidate.name === 'market-bars');
  if (!pipeline) return;
  const common = { trigger: 'manual', source: 'local', requestedBy: 'demo' } as const;
  // No row may be rejected: the feed's planted faults make the first batch fail.
  const failing = pipeline.params.parse({ maxRejected: 0 });
  await askAsPerson(db, pipeline, { ...common, params: failing, idempotencyKey: 'demo-failure' });
  await askAsPerson(db, pipeline, {
    ...common,
    params: pipeline.params.parse({}),
    idempotencyKey: 'demo-recovery',
  });
}
