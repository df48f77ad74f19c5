/** Reading the chain of seals straight from RunLog: a stream of any length in flat memory, all of one moment. */
import type { Client } from 'pg';
import type { Covered } from './hash.ts';

const PAGE = 5000;

/** A seal with its row. */
export type Link = {
  number: number;
  auditId: string;
  hash: Buffer;
  /** Undefined: the row is gone. */
  covered: Covered | undefined;
  /** In microseconds since 1970: when the row says it was written, and when unsealed rows were looked for before. */
  at: number;
  lookedAt: number | undefined;
  /** The row in a few words. */
  row: string;
};

const micros = (time: string) => `(extract(epoch from ${time}) * 1000000)::bigint::text`;
const links = `
  select s.number::text, ${micros('s.sealed_at')}, ${micros('s.looked_at')}, s.audit_id::text, ${micros('a.at')},
         a.actor, a.came_from, a.action, a.subject, a.why, a.details::text, s.hash
    from audit_seals s left join audit a on a.audit_id = s.audit_id
   order by s.number`;

type Row = [...(string | null)[], hash: Buffer];

/** The seals in their order, a page at a time. The client is in a transaction that sees one moment. */
export async function* readLinks(client: Client): AsyncGenerator<Link[]> {
  // By the order of both keys; the join that the planner likes best for the whole would have to be sorted first.
  await client.query('set local enable_hashjoin = off');
  await client.query(`declare links no scroll cursor for ${links}`);
  const read = () => client.query<Row>({ text: `fetch ${PAGE} from links`, rowMode: 'array' });
  let next = read();
  for (;;) {
    const { rows } = await next;
    if (rows.length < PAGE) return yield rows.map(linkOf);
    // The next page is on its way while this one is checked.
    next = read();
    next.catch(() => {});
    yield rows.map(linkOf);
  }
}

function linkOf(row: Row): Link {
  const hash = row.at(-1) as Buffer;
  const covered = row.slice(0, -1) as (string | null)[];
  const [number, , lookedAt, auditId, at, actor, , action, subject] = covered;
  return {
    number: Number(number),
    auditId: auditId ?? '',
    hash,
    covered: at === null ? undefined : covered,
    at: Number(at),
    lookedAt: lookedAt === null ? undefined : Number(lookedAt),
    row: `${action} of ${subject} by ${actor}`,
  };
}
