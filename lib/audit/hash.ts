/** The hash of a seal, computed from what it covers and without the database; `audit_hash` in SQL computes the same. */
import { hash } from 'node:crypto';

/** The hash before the first seal. */
export const GENESIS = hash('sha256', 'KubeScribe audit 1', 'buffer');

/** What a seal covers: each column as text in the order of `audit_hash`, times in microseconds since 1970. */
export type Covered = readonly (string | null)[];

/** The hash of a seal that follows on another. */
export function hashOf(previous: Uint8Array, covered: Covered): Buffer {
  let text = '';
  // The length of each part makes two rows with the same text impossible.
  for (const part of covered) text += part === null ? '-,' : `${Buffer.byteLength(part)}:${part},`;
  return hash('sha256', Buffer.concat([previous, Buffer.from(text)]), 'buffer');
}
