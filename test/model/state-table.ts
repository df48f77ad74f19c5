/** A set of states kept as bytes in one buffer, found by their hash; a state's number is its place in the search. */

const START_CAPACITY = 1 << 14;
const FREE = -1;

/** States as bytes. */
export interface Codec<S> {
  /** Bytes that a state takes at most: a multiple of 4. */
  stride: number;
  /** Writes a state to the beginning of `into`, and zeros behind it. */
  pack(s: S, into: Uint8Array): void;
  unpack(from: Uint8Array, offset: number): S;
}

export interface StateTable<S> {
  /** Adds a state unless it is known; returns its number either way. */
  add(s: S): number;
  get(index: number): S;
  size(): number;
}

export function stateTable<S>({ stride, pack, unpack }: Codec<S>): StateTable<S> {
  const wordsEach = stride / Uint32Array.BYTES_PER_ELEMENT;
  let bytes = new Uint8Array(START_CAPACITY * stride);
  let words = new Uint32Array(bytes.buffer);
  let slots = new Int32Array(START_CAPACITY * 2).fill(FREE);
  let count = 0;
  const packed = new Uint8Array(stride);
  const sought = new Uint32Array(packed.buffer);

  const isAt = (index: number): boolean => {
    for (let i = 0; i < wordsEach; i += 1) if (words[index * wordsEach + i] !== sought[i]) return false;
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
      let slot = hash(words, index * wordsEach, wordsEach) & mask;
      while (slots[slot] !== FREE) slot = (slot + 1) & mask;
      slots[slot] = index;
    }
  };

  return {
    add(s) {
      pack(s, packed);
      const mask = slots.length - 1;
      let slot = hash(sought, 0, wordsEach) & mask;
      while (slots[slot] !== FREE && !isAt(slots[slot]!)) slot = (slot + 1) & mask;
      if (slots[slot] !== FREE) return slots[slot]!;
      slots[slot] = count;
      bytes.set(packed, count * stride);
      count += 1;
      if (count * 2 === slots.length) grow();
      return count - 1;
    },
    get: (index) => unpack(bytes, index * stride),
    size: () => count,
  };
}

/** FNV-1a by words, with a last stir. */
function hash(words: Uint32Array, offset: number, length: number): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < length; i += 1) {
    sum = Math.imul(sum ^ words[offset + i]!, 0x01000193);
    sum ^= sum >>> 13;
  }
  sum = Math.imul(sum ^ (sum >>> 16), 0x45d9f3b);
  return (sum ^ (sum >>> 15)) >>> 0;
}
