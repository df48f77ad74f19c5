/** The task that compares a source with its target, range by range of ids, and makes equal what differs. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Task, type TaskContext, task } from '../pipeline/task.ts';
import { nextSize } from './batch-size.ts';
import { compareRanges, cutRanges } from './compare.ts';
import { keepContract } from './contract.ts';
import type { Owner } from './known-ranges.ts';
import { ReconcileState, type Reconciling } from './reconciling.ts';
import { repairRanges } from './repair.ts';
import type { IngestSpec } from './spec.ts';
import { BELOW_ALL_IDS, HorizonBehind } from './window.ts';

export type ReconcileOptions = Owner & {
  /** Rows whose source row is gone stay in the target. */
  keepDeleted: boolean;
};

/** What one run may be asked for. */
const Limit = z.looseObject({ most: z.number() });

/** A task that reconciles what an ingest brought. */
export function reconcile<P>(spec: IngestSpec, { keepDeleted, ...owner }: ReconcileOptions): Task<P> {
  const { name } = spec;
  return task<P>(name, (context) => run(spec, { keepDeleted, owner }, context), {
    movesRows: true,
    spec,
    writes: spec.into,
    telling: (summaries) => {
      const touches = summaries.map(({ into, by }) => ({ target: into, by }));
      return reconcile({ ...spec, touches }, { keepDeleted, ...owner });
    },
    noRange: `Task "${name}" reconciles: it compares the whole source.`,
  });
}

async function* run<P>(
  spec: IngestSpec,
  how: Pick<Reconciling, 'owner' | 'keepDeleted'>,
  context: TaskContext<P>,
) {
  const { most } = Limit.parse(context.params);
  // Connected before the first turn is taken: others need not wait for it.
  const kept = await keepContract(spec, await context.production(), context.report());
  if (Object.keys(kept.changes).length > 0) {
    context.log.warn(
      `The columns of ${spec.from.table} changed: nothing is compared before its next ingest.`,
    );
    return;
  }
  const declared = declarationOf(kept.spec);
  const reconciling: Reconciling = { ...how, spec: kept.spec, most, declared, context };
  const state = ReconcileState.parse(context.state);
  const { log } = context;
  try {
    while (state.phase === 'cut') {
      state.at = await cutRanges(reconciling, state.at);
      if (state.at === undefined) Object.assign(state, { phase: 'compare', at: BELOW_ALL_IDS });
      yield { ...state };
    }
    while (state.phase === 'compare') {
      state.at = await compareRanges(reconciling, state);
      if (state.at === undefined) state.phase = 'repair';
      yield { ...state };
    }
    if (state.equal === 0)
      log.info(`${state.differing} of ${state.ranges} ranges differ from what was last made equal`, {
        source_rows: state.sourceRows,
        target_rows: state.targetRows,
        missing: state.missing,
      });
    context.progress(state.equal, state.differing);
    for (let more = true; more; ) {
      const started = performance.now();
      more = await repairRanges(reconciling, state);
      state.size = nextSize(state.size, performance.now() - started, spec.batchRows);
      context.progress(Math.min(state.equal, state.differing), state.differing);
      yield { ...state };
    }
  } catch (error) {
    if (!(error instanceof HorizonBehind)) throw error;
    log.warn(`Nothing more was compared: ${error.message}. Is it a standby that lags? A later run goes on.`);
    return;
  }
  const { written, removed, reelected } = state;
  log.info(
    `Reconciled: ${written} rows written, ${removed} removed, ${reelected} replaced by another row of their key`,
    {
      written,
      removed,
      reelected,
    },
  );
}

const declarationOf = ({ touches: _, batchRows: __, ...spec }: IngestSpec) =>
  createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16);
