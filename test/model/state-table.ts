/** A set of states kept as bytes in one buffer, found by their hash; a state's number is its place in the search. */
import { pack, STRIDE, unpack } from './pack.ts';
import type { State } from './state.ts';

const START_CAPACITY = 1 << 14;

export interface StateTable {
  /** Adds a state unless it is known; returns its number either way. */
  add(s: State): number;
  get(index: number): State;
  size(): number;
}

export function stateTable(): StateTable {
  let capacity = START_CAPACITY;
  let bytes = new Uint8Array(capacity * STRIDE);
  let slots = new Int32Array(capacity * 2).fill(-1);
  let count = 0;
  const packed = new Uint8Array(STRIDE);

  const slotOf = (from: Uint8Array, offset: number): number => {
    let hash = 0x811c9dc5;
    for (let i = 0; i < STRIDE; i += 1) hash = Math.imul(hash ^ from[offset + i]!, 0x01000193);
    hash ^= hash >>> 15;
    let slot = (hash >>> 0) % slots.length;
    while (slots[slot] !== -1 && !same(slots[slot]! * STRIDE, from, offset)) slot = (slot + 1) % slots.length;
    return slot;
  };
  const same = (known: number, from: Uint8Array, offset: number): boolean => {
    for (let i = 0; i < STRIDE; i += 1) if (bytes[known + i] !== from[offset + i]) return false;
    return true;
  };
  const grow = () => {
    capacity *= 2;
    const larger = new Uint8Array(capacity * STRIDE);
    larger.set(bytes);
    bytes = larger;
    slots = new Int32Array(capacity * 2).fill(-1);
    for (let i = 0; i < count; i += 1) slots[slotOf(bytes, i * STRIDE)] = i;
  };

  return {
    add(s) {
      packed.fill(0);
      pack(s, packed);
      const slot = slotOf(packed, 0);
      if (slots[slot] !== -1) return slots[slot]!;
      slots[slot] = count;
      bytes.set(packed, count * STRIDE);
      count += 1;
      if (count === capacity) grow();
      return count - 1;
    },
    get: (index) => unpack(bytes, index * STRIDE),
    size: () => count,
  };
}
