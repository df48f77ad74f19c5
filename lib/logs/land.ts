import type { Db } from '../db/connect.ts';
import { sqlState } from '../db/sqlstate.ts';
import { insertLines, linesBroughtIn } from './insert.ts';
import type { Line } from './line.ts';

/** Data that the server cannot take: invalid, in the way of a rule, or beyond a limit. */
const REFUSED = /^(22|23|54)/;

export type Landed = {
  written: number;
  /** Lines whose run is gone, and lines that the server refuses for what is in them. */
  gone: number;
  refused: Line[];
  /** Lines that each run has now. */
  totals: Map<string, number>;
};

/**
 * Brings lines of a writer into RunLog, in order and each once, also when an earlier try landed without its answer. A
 * batch with a line that the server refuses is halved until that line is found.
 */
export async function land(db: Db, writer: string, lines: readonly Line[]): Promise<Landed> {
  try {
    const { landed, written, totals } = await insertLines(db, writer, lines);
    if (landed) {
      return {
        written,
        gone: lines.length - written,
        refused: [],
        totals: new Map(totals.map((run) => [run.run_id, run.written])),
      };
    }
  } catch (error) {
    if (!REFUSED.test(sqlState(error) ?? '')) throw error;
    if (lines.length === 1) return { written: 0, gone: 0, refused: [...lines], totals: new Map() };
    const half = lines.length >> 1;
    return both(await land(db, writer, lines.slice(0, half)), await land(db, writer, lines.slice(half)));
  }
  const known = await linesBroughtIn(db, writer);
  const rest = lines.filter(({ n }) => n > known);
  const before = { written: lines.length - rest.length, gone: 0, refused: [], totals: new Map() };
  return rest.length === 0 ? before : both(before, await land(db, writer, rest));
}

const both = (one: Landed, other: Landed): Landed => ({
  written: one.written + other.written,
  gone: one.gone + other.gone,
  refused: [...one.refused, ...other.refused],
  totals: new Map([...one.totals, ...other.totals]),
});
