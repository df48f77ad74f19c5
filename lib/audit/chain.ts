/** Following the chain seal by seal, each hash computed anew from the one before it. */

import type { Anchor, Ends } from './ends.ts';
import type { Findings } from './findings.ts';
import { hashOf } from './hash.ts';
import type { Link } from './links.ts';

const MICROSECONDS = 1_000_000;
/** No transaction of ours stays open for longer: its row would have been found by then. */
const LONGEST_OPEN = 5 * 60 * MICROSECONDS;

export type Chain = {
  follow(link: Link): void;
  /** Compares the end with what RunLog says, and with anchors beyond it. */
  end(): { rows: number; end: Anchor };
};

/** A walk from one end to the other; `noted` are ends of an earlier time. */
export function chainBetween({ start, head }: Ends, noted: readonly Anchor[], findings: Findings): Chain {
  let before = start;
  let rows = 0;
  let open = noted.filter(({ number }) => number >= start.number);

  function compare({ number, hash }: Anchor): void {
    if (open.length === 0) return;
    const here = open.filter((anchor) => anchor.number === number);
    open = open.filter((anchor) => anchor.number !== number);
    const says = `Seal ${number} is not the one of the anchor: it or what is before it was rewritten.`;
    if (here.some((anchor) => !anchor.hash.equals(hash))) findings.add('rewritten', says, { seal: number });
  }

  compare(start);
  return {
    follow(link) {
      rows++;
      const fault = faultOf(before, link);
      if (fault) findings.add(...fault, { seal: link.number, auditId: link.auditId });
      before = link;
      compare(link);
    },
    end() {
      if (head?.number !== before.number || !head.hash.equals(before.hash)) {
        const last = head ? `seal ${head.number} was the last` : 'nothing says any more which was the last';
        findings.add('end-missing', `The chain ends with seal ${before.number}, but ${last}.`, {
          seal: before.number,
        });
      }
      for (const { number } of open)
        findings.add('end-missing', `The anchor's seal ${number} is not there.`, { seal: number });
      return { rows, end: { number: before.number, hash: before.hash } };
    },
  };
}

function faultOf(before: Anchor, link: Link): [Parameters<Findings['add']>[0], string] | undefined {
  const { number, auditId, row, covered, at, lookedAt } = link;
  if (number !== before.number + 1) {
    const missing =
      number === before.number + 2
        ? `Seal ${number - 1} is`
        : `Seals ${before.number + 1} to ${number - 1} are`;
    return [
      'seals-missing',
      `${missing} missing, with what they covered; row ${auditId} after them cannot be checked.`,
    ];
  }
  if (!covered) return ['removed', `Row ${auditId} is gone: seal ${number} covers it.`];
  if (!hashOf(before.hash, covered).equals(link.hash))
    return ['changed', `Row ${auditId} (${row()}) or its seal ${number} is not what it was.`];
  if (lookedAt !== undefined && at + LONGEST_OPEN < lookedAt)
    return [
      'back-dated',
      `Row ${auditId} (${row()}) says ${time(at)}, but was not yet there at ${time(lookedAt)}.`,
    ];
  return undefined;
}

const time = (micros: number) => new Date(micros / 1000).toISOString();
