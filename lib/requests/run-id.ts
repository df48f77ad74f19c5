/**
 * Run ids grow with time wherever a time is known: every table that names runs then grows at the end of its indexes.
 * With ids that lie anywhere, each run makes another old page of each of them be read, and logged whole after a checkpoint.
 */
import { createHash, randomUUIDv7 } from 'node:crypto';

/** Names of KubeScribe's runs within UUID version 5. */
const NAMESPACE = Buffer.from('6f1c0d9e2b7a4c35a0e85d3b9c41f277', 'hex');

/** Bytes of a UUID that grow with time: the milliseconds since 1970, as in version 7. */
const TIME = 6;

type Words = [string, ...string[]];

/** The same words give the same run id for ever. */
export const runIdOf = (...words: Words): string => written(hashOf(words), 5);

/** The same of a slot: beside those of the slots before and after it (UUID version 8). */
export function runIdOfSlot(slot: Date, ...words: Words): string {
  const hash = hashOf([...words, slot.toISOString()]);
  hash.writeUIntBE(Math.max(slot.getTime(), 0), 0, TIME);
  return written(hash, 8);
}

/** One that nobody had before: beside those of its time (UUID version 7). */
export const randomRunId = (): string => randomUUIDv7();

const hashOf = (words: Words) => createHash('sha1').update(NAMESPACE).update(words.join('\n')).digest();

function written(bytes: Buffer, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
