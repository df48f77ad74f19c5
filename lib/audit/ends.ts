/** Where the chain that is kept begins and ends, as RunLog says. */
import type { Client } from 'pg';
import type { Findings } from './findings.ts';
import { GENESIS } from './hash.ts';

/** A seal's number and hash: with it every row up to there is fixed. */
export type Anchor = { number: number; hash: Buffer };

export type Ends = {
  /** What the first seal follows on. */
  start: Anchor;
  /** Undefined: nothing says so any more. */
  head: Anchor | undefined;
};

type Row = { number: string; hash: Buffer };
const anchorOf = ({ number, hash }: Row): Anchor => ({ number: Number(number), hash });

/** Reads both ends. A beginning that retention took away must be signed off by a row of the audit. */
export async function readEnds(client: Client, findings: Findings): Promise<Ends> {
  const heads = await client.query<Row>('select number::text, hash from audit_head');
  const taken = await client.query<Row & { signed: boolean }>(`
    select n.number::text, n.hash, a.audit_id is not null as signed
      from audit_anchors n
      left join audit a on a.audit_id = n.audit_id and a.action = 'audit.forget'
       and a.details->>'number' = n.number::text and a.details->>'hash' = encode(n.hash, 'hex')
     order by n.number desc limit 1`);
  const [head] = heads.rows;
  const [last] = taken.rows;
  if (last && !last.signed)
    findings.add(
      'not-signed-off',
      `No row says that retention took the rows up to seal ${last.number} away.`,
      {
        seal: Number(last.number),
      },
    );
  return {
    start: last ? anchorOf(last) : { number: 0, hash: GENESIS },
    head: head && anchorOf(head),
  };
}
