/** The hash of a seal, computed from what it covers and without the database; `audit_hash` in SQL computes the same. */
import { hash } from 'node:crypto';
import type { Tuple } from './tuples.ts';

/** The hash before the first seal. */
export const GENESIS = hash('sha256', 'KubeScribe audit 1', 'buffer');

const HASH = 32;
/** PostgreSQL counts microseconds from 2000 on, the hash from 1970. */
const EPOCH = 946_684_800_000_000n;
const COMMA = 44;

/** How a column is sent: as a number of 64 bits, a time, text, or JSON behind the number of its version. */
export type Sent = 'number' | 'time' | 'text' | 'json';

/** What a seal covers, as bytes behind room for a hash: each column with its length, which makes two rows with the same bytes impossible. */
export function covering(columns: readonly Sent[]): (tuple: Tuple) => Buffer {
  let room = Buffer.alloc(4096);
  return ({ bytes, at, size }) => {
    let most = HASH;
    for (let i = 0; i < columns.length; i++) most += Math.max(0, size[i] ?? 0) + 32;
    if (most > room.length) room = Buffer.alloc(2 * most);
    let end = HASH;
    for (const [i, sent] of columns.entries()) {
      const from = at[i] ?? 0;
      const length = size[i] ?? -1;
      if (length < 0) end += room.write('-', end, 'latin1');
      else if (sent === 'text' || sent === 'json') {
        const begin = sent === 'json' ? from + 1 : from;
        end += room.write(`${from + length - begin}:`, end, 'latin1');
        end += bytes.copy(room, end, begin, from + length);
      } else {
        const text = sent === 'time' ? micros(bytes, from).toString() : bytes.readBigInt64BE(from).toString();
        end += room.write(`${text.length}:${text}`, end, 'latin1');
      }
      room[end++] = COMMA;
    }
    return room.subarray(0, end);
  };
}

/** A time as it is sent, in microseconds since 1970. */
export const micros = (bytes: Buffer, from: number) => bytes.readBigInt64BE(from) + EPOCH;

/** The hash of a seal that follows on another. */
export function hashOf(previous: Uint8Array, covered: Buffer): Buffer {
  covered.set(previous, 0);
  return hash('sha256', covered, 'buffer');
}
