/** The shape of a state, said once: it gives the type, the bytes of the table, and the copy that a step changes. */
import type { Codec } from './state-table.ts';

const WORD = Uint32Array.BYTES_PER_ELEMENT;

interface Shape<T> {
  /** Bytes. */
  size: number;
  write(value: T, into: Uint8Array, at: number): void;
  read(from: Uint8Array, at: number): T;
  copy(value: T): T;
}

export type Of<S> = S extends Shape<infer T> ? T : never;

function leaf<T>(toByte: (value: T) => number, fromByte: (byte: number) => T, size = 1): Shape<T> {
  return {
    size,
    write(value, into, at) {
      if (size > 0) into[at] = toByte(value);
    },
    read: (from, at) => fromByte(size > 0 ? from[at]! : 0),
    copy: (value) => value,
  };
}

/** A number from 0 to 255. */
export const count = leaf<number>(
  (value) => value,
  (byte) => byte,
);

export const flag = leaf<boolean>(
  (value) => (value ? 1 : 0),
  (byte) => byte === 1,
);

/** What no state of the table has: the property that a step broke. */
export const verdict = leaf<string>(
  () => 0,
  () => '',
  0,
);

export function oneOf<const N extends string>(names: readonly N[]): Shape<N> {
  return leaf<N>(
    (value) => names.indexOf(value),
    (byte) => names[byte]!,
  );
}

export function record<F extends Record<string, Shape<unknown>>>(
  fields: F,
): Shape<{ [K in keyof F]: Of<F[K]> }> {
  type T = { [K in keyof F]: Of<F[K]> };
  let size = 0;
  const parts = Object.keys(fields).map((name: keyof F) => {
    const shape = fields[name]!;
    size += shape.size;
    return { name, shape, offset: size - shape.size };
  });
  return {
    size,
    write(value, into, at) {
      for (const { name, shape, offset } of parts) shape.write(value[name], into, at + offset);
    },
    read(from, at) {
      const value: Partial<Record<keyof F, unknown>> = {};
      for (const { name, shape, offset } of parts) value[name] = shape.read(from, at + offset);
      return value as T;
    },
    copy(value) {
      const copied: Partial<Record<keyof F, unknown>> = {};
      for (const { name, shape } of parts) copied[name] = shape.copy(value[name]);
      return copied as T;
    },
  };
}

/** Always as many items. */
export function list<T>(length: number, item: Shape<T>): Shape<T[]> {
  return {
    size: length * item.size,
    write(value, into, at) {
      for (let i = 0; i < length; i += 1) item.write(value[i]!, into, at + i * item.size);
    },
    read: (from, at) => Array.from({ length }, (_, i) => item.read(from, at + i * item.size)),
    copy: (value) => value.map((one) => item.copy(one)),
  };
}

export function codecOf<T>(shape: Shape<T>): Codec<T> {
  return {
    stride: Math.ceil(shape.size / WORD) * WORD,
    pack: (s, into) => shape.write(s, into, 0),
    unpack: (from, offset) => shape.read(from, offset),
  };
}
