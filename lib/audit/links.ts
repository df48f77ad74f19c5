/** Reading the chain of seals straight from RunLog: a stream of any length in flat memory, all of one moment. */
import type { Client } from 'pg';
import { copyOut } from '../db/copy-out.ts';
import { covering, micros, type Sent } from './hash.ts';
import { eachTuple, type Tuple } from './tuples.ts';

/** A seal with its row. */
export type Link = {
  number: number;
  auditId: string;
  hash: Buffer;
  /** What the hash is of; good until the next link. Undefined: the row is gone. */
  covered: Buffer | undefined;
  /** In microseconds since 1970: when the row says it was written, and when unsealed rows were looked for before. */
  at: number;
  lookedAt: number | undefined;
  /** The row in a few words; to be asked for before the next link. */
  row(): string;
};

/** What a seal covers, in the order of `audit_hash`. */
const COLUMNS: readonly [column: string, sent: Sent][] = [
  ['s.number', 'number'],
  ['s.sealed_at', 'time'],
  ['s.looked_at', 'time'],
  ['s.audit_id', 'number'],
  ['a.at', 'time'],
  ['a.actor', 'text'],
  ['a.came_from', 'text'],
  ['a.action', 'text'],
  ['a.subject', 'text'],
  ['a.why', 'text'],
  ['a.details', 'json'],
];
const [NUMBER, LOOKED_AT, AUDIT_ID, AT, ACTOR, ACTION, SUBJECT, HASH] = [0, 2, 3, 4, 5, 7, 8, 11];

const links = `
  select ${COLUMNS.map(([column]) => column).join(', ')}, s.hash
    from audit_seals s left join audit a on a.audit_id = s.audit_id
   order by s.number`;

/** The seals in their order. The client is in a transaction that sees one moment. */
export async function eachLink(client: Client, follow: (link: Link) => void): Promise<void> {
  // By the order of both keys; the join that the planner likes best for the whole would have to be sorted first.
  await client.query('set local enable_hashjoin = off');
  const rows = copyOut(client, `copy (${links}) to stdout with (format binary)`);
  const cover = covering(COLUMNS.map(([, sent]) => sent));
  await eachTuple(rows, (tuple) => follow(linkOf(tuple, cover)));
}

function linkOf(tuple: Tuple, cover: (tuple: Tuple) => Buffer): Link {
  const { bytes, at, size } = tuple;
  const place = (column: number) => at[column] ?? 0;
  const isThere = (column: number) => (size[column] ?? -1) >= 0;
  const text = (column: number) => bytes.toString('utf8', place(column), place(column) + (size[column] ?? 0));
  return {
    number: Number(bytes.readBigInt64BE(place(NUMBER))),
    auditId: bytes.readBigInt64BE(place(AUDIT_ID)).toString(),
    hash: bytes.subarray(place(HASH), place(HASH) + (size[HASH] ?? 0)),
    covered: isThere(AT) ? cover(tuple) : undefined,
    at: isThere(AT) ? Number(micros(bytes, place(AT))) : 0,
    lookedAt: isThere(LOOKED_AT) ? Number(micros(bytes, place(LOOKED_AT))) : undefined,
    row: () => `${text(ACTION)} of ${text(SUBJECT)} by ${text(ACTOR)}`,
  };
}
