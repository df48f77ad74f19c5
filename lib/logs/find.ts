/** Finding lines from a place on: what an index has at once, what is tried on each line within bounds. */
import { type RawBuilder, sql } from 'kysely';
import type { LogLine } from '../contract/log-line.ts';
import type { Db } from '../db/connect.ts';
import { HEAVIEST, weighed } from '../db/within-bytes.ts';
import type { LogFilter } from './filter.ts';
import {
  allOf,
  type LogKey,
  type LogPlace,
  linesInOrder,
  type Order,
  type Reach,
  type Reading,
  readingOf,
} from './order.ts';
import { expressionOf } from './regex.ts';
import { spanOf } from './span.ts';
import { asLine, type LineRow, lineColumns, lineSize } from './told-line.ts';

/** Lines that one look tries conditions on which no index has: some ten milliseconds. */
const LOOKED_AT = 20_000;
/** So few lines are not weighed: that takes longer, and they are 16 MiB at most. */
const FEW = 128;
/** Lines between two looks at the clock while a regular expression is tried. */
const PIECE = 1000;
/** How long one is tried for a page, in milliseconds. */
const LONGEST = 700;

export type Found = {
  lines: LogLine[];
  /** The last line that was looked at, where the search was broken off; undefined: that was all, or enough. */
  edge: LogKey | undefined;
};

type Search = { place: LogPlace; order: Order; limit: number; offset?: number };

export const keyOf = ({ timestamp, id }: Pick<LogLine, 'timestamp' | 'id'>): LogKey => [timestamp, id];

/** Whether conditions are tried on each line, so that a page may be short and go on. */
export const isSearch = (filter: LogFilter): boolean =>
  filter.regex !== undefined || readingOf(filter).rest.length > 0;

/** The first `limit` lines that fit from a place on, or fewer and an edge. */
export async function findLines(db: Db, filter: LogFilter, search: Search): Promise<Found> {
  const { limit } = search;
  const fits = filter.regex === undefined ? undefined : expressionOf(filter.regex);
  const span = await spanOf(db, filter);
  if (!span) return { lines: [], edge: undefined };
  const reading = readingOf(filter);
  const within = { ...reading, range: [...reading.range, ...span] };
  if (!fits) return look(db, filter, within, { ...search, take: isSearch(filter) ? LOOKED_AT : limit });
  const until = performance.now() + LONGEST;
  const lines: LogLine[] = [];
  let place = search.place;
  for (let looked = 0; looked < LOOKED_AT; looked += PIECE) {
    const piece = await look(db, filter, within, { ...search, place, take: PIECE, limit: PIECE });
    for (const line of piece.lines) {
      if (lines.length < limit && fits(line.message)) lines.push(line);
      if (lines.length < limit && performance.now() > until) return { lines, edge: keyOf(line) };
    }
    if (lines.length === limit || !piece.edge) return { lines, edge: undefined };
    place = onward(search.place, piece.edge);
    if (performance.now() > until || lengthOf(lines) > HEAVIEST) break;
  }
  return { lines, edge: place?.key };
}

const lengthOf = (lines: readonly LogLine[]) => lines.reduce((sum, { message }) => sum + message.length, 0);

/** The place behind a line, read on in the way of the place before. */
export const onward = (before: LogPlace, key: LogKey): LogPlace => ({
  way: before?.way.startsWith('>') ? '>' : '<',
  key,
});

type Read = LineRow & { ks_fits?: boolean; ks_edge?: boolean; ks_within?: boolean; ks_full?: boolean };

async function look(
  db: Db,
  filter: LogFilter,
  reading: Reading,
  reach: Reach & { limit: number },
): Promise<Found> {
  const { take, limit } = reach;
  const rows = linesInOrder(reading, reach);
  if (reading.rest.length === 0) {
    const { rows: read } = await sql<Read>`${nameOf(reading.name, filter, reach)}
      ${bounded(lineColumns, sql`${rows} log`, limit)}`.execute(db);
    const last = read.at(-1);
    return foundOf(read, read.length === take || last?.ks_full ? last : undefined);
  }
  const fits = allOf(reading.rest);
  const isEdge = sql`ks_n = ${sql.lit(take)}`;
  const { rows: read } = await bounded(
    sql`${lineColumns}, ${fits} as ks_fits, ${isEdge} as ks_edge`,
    sql`(select *, row_number() over () as ks_n from ${rows} log) log where ${fits} or ${isEdge}`,
    limit,
  ).execute(db);
  const last = read.at(-1);
  return foundOf(
    read.filter(({ ks_fits }) => ks_fits),
    last?.ks_edge || last?.ks_full ? last : undefined,
  );
}

/** The first so many rows, as far as they are not too much; of the last it says whether there may be more for that. */
function bounded(columns: RawBuilder<unknown>, rows: RawBuilder<unknown>, limit: number): RawBuilder<Read> {
  const most = sql.lit(limit);
  if (limit <= FEW) return sql`select ${columns} from ${rows} limit ${most}`;
  return sql`
    select * from (select ${columns}, ${sql.raw(weighed(lineSize))} from ${rows}) log where ks_within limit ${most}`;
}

const foundOf = (read: readonly Read[], edge: Read | undefined): Found => ({
  lines: read.map(({ ks_fits, ks_edge, ks_within, ks_full, ...row }) => asLine(row)),
  edge: edge && keyOf(edge),
});

const WAYS_BY_NAME = { '<': 'down from', '<=': 'down at', '>': 'up from', '>=': 'up at' } as const;
/** Pages whose statements are prepared: to plan one over many partitions takes longer than to read it. */
const SIZES: Record<number, string> = { 101: 'page', 1000: 'bulk' };

function nameOf(of: string | undefined, { from, to }: LogFilter, { place, order, take, offset }: Reach) {
  const size = SIZES[take];
  if (of === undefined || size === undefined || offset) return sql``;
  const parts = [
    `list logs by ${size} ${order}`,
    of,
    from && 'since',
    to && 'until',
    place && WAYS_BY_NAME[place.way],
  ];
  return sql.raw(`/* ${parts.filter(Boolean).join(' ')} */`);
}
