/** A set of states kept as bytes in one buffer, found by their hash; a state's number is its place in the search. */
import { pack, STRIDE, unpack } from './pack.ts';
import type { State } from './state.ts';

const START_CAPACITY = 1 << 14;
const WORDS = STRIDE / Uint32Array.BYTES_PER_ELEMENT;
const FREE = -1;

export interface StateTable {
  /** Adds a state unless it is known; returns its number either way. */
  add(s: State): number;
  get(index: number): State;
  size(): number;
}

export function stateTable(): StateTable {
  let bytes = new Uint8Array(START_CAPACITY * STRIDE);
  let words = new Uint32Array(bytes.buffer);
  let slots = new Int32Array(START_CAPACITY * 2).fill(FREE);
  let count = 0;
  const packed = new Uint8Array(STRIDE);
  const sought = new Uint32Array(packed.buffer);

  const isAt = (index: number): boolean => {
    for (let i = 0; i < WORDS; i += 1) if (words[index * WORDS + i] !== sought[i]) return false;
    return true;
  };
  const grow = () => {
    const larger = new Uint8Array(bytes.length * 2);
    larger.set(bytes);
    bytes = larger;
    words = new Uint32Array(bytes.buffer);
    const mask = slots.length * 2 - 1;
    slots = new Int32Array(mask + 1).fill(FREE);
    for (let index = 0; index < count; index += 1) {
      let slot = hash(words, index * WORDS) & mask;
      while (slots[slot] !== FREE) slot = (slot + 1) & mask;
      slots[slot] = index;
    }
  };

  return {
    add(s) {
      pack(s, packed);
      const mask = slots.length - 1;
      let slot = hash(sought, 0) & mask;
      while (slots[slot] !== FREE && !isAt(slots[slot]!)) slot = (slot + 1) & mask;
      if (slots[slot] !== FREE) return slots[slot]!;
      slots[slot] = count;
      bytes.set(packed, count * STRIDE);
      count += 1;
      if (count * 2 === slots.length) grow();
      return count - 1;
    },
    get: (index) => unpack(bytes, index * STRIDE),
    size: () => count,
  };
}

/** FNV-1a by words, with a last stir. */
function hash(words: Uint32Array, offset: number): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < WORDS; i += 1) {
    sum = Math.imul(sum ^ words[offset + i]!, 0x01000193);
    sum ^= sum >>> 13;
  }
  sum = Math.imul(sum ^ (sum >>> 16), 0x45d9f3b);
  return (sum ^ (sum >>> 15)) >>> 0;
}
