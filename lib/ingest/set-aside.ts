/** Rows that are taken out of a part before it is judged, for what could not be seen when they were found. */
import type { Client } from 'pg';
import { ident } from '../db/quote.ts';
import { originOf } from './find.ts';
import type { IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';

/** The reason of rows that the target would not take. */
export const REFUSED = 'refused by the target';

/** Gives rows of a part a reason; they take no part any more in what becomes of their keys. */
export async function setAside(
  client: Client,
  spec: IngestSpec,
  { fast, found }: Part,
  reasons: ReadonlyMap<string, string>,
): Promise<void> {
  const columns = Object.keys(spec.columns).map(ident).join(', ');
  const given = [[...reasons.keys()], [...reasons.values()]];
  const aside = 'unnest($1::bigint[], $2::text[]) as aside (id, reason)';
  await client.query(
    `update ${found} here set ks_reason = aside.reason from ${aside} where here.ks_source_id = aside.id`,
    given,
  );
  await client.query(
    `insert into ${found} (ks_source, ks_source_id, ks_received_at, ks_rank, ${columns}, ks_reason, ks_warned, ks_place)
     select here.*, aside.reason, false, 1
       from (select ks_source, ${originOf(spec)}, ${columns} from ${fast}) here join ${aside} on here.ks_source_id = aside.id
      where here.ks_source_id not in (select ks_source_id from ${found})`,
    given,
  );
  await client.query(`
    update ${found} here set ks_place = ranked.place
      from (select ks_source_id, row_number() over (
                     partition by ${spec.key.map(ident).join(', ')}
                         order by ks_rank, ks_received_at desc, ks_source_id desc) as place
              from ${found} where ks_reason is null) ranked
     where here.ks_source_id = ranked.ks_source_id and here.ks_place <> ranked.place`);
}
