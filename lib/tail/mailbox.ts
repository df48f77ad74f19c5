/** What waits for one client: so much and no more. Lines that find no room are told as a gap when it has read the rest. */

const KIB = 1024;
/** What may wait, in bytes; a line that is told to many waits as one copy. */
const CAPACITY = 256 * KIB;

export type Gap = { from: number; to: number };

export type Mailbox = {
  /** Takes a line if there is room for it. */
  take(frame: Buffer): boolean;
  /** Takes a line, or leaves it out for ever: then it is part of the next gap. */
  offer(id: number, frame: Buffer): boolean;
  /** Takes what is no line, whatever room there is. */
  put(frame: Buffer): void;
  /** Nothing more is taken. */
  finish(): void;
  /** Hands out what waits, about so many bytes of it at most. */
  empty(most: number): Buffer[];
  /** Resolves when something waits, or nothing will any more. */
  filled(): Promise<void>;
  /** Resolves when half of the room is free, or nothing is taken any more. */
  room(): Promise<void>;
  isEmpty(): boolean;
  /** Nothing more is taken, and all was handed out. */
  isOver(): boolean;
};

/** An empty mailbox; `frameOf` makes what is told of a gap. */
export function openMailbox(frameOf: (gap: Gap) => Buffer): Mailbox {
  const waiting: Buffer[] = [];
  const waiters = { filled: [] as (() => void)[], room: [] as (() => void)[] };
  let bytes = 0;
  let gap: Gap | undefined;
  let finished = false;

  const isEmpty = () => waiting.length === 0 && !gap;
  const isRoomy = () => finished || (bytes <= CAPACITY / 2 && !gap);
  const until = (kind: keyof typeof waiters, isSo: boolean): Promise<void> =>
    isSo ? Promise.resolve() : new Promise((resolve) => waiters[kind].push(resolve));

  function wake(): void {
    if (!isEmpty() || finished) for (const go of waiters.filled.splice(0)) go();
    if (isRoomy()) for (const go of waiters.room.splice(0)) go();
  }

  function push(frame: Buffer): boolean {
    waiting.push(frame);
    bytes += frame.length;
    wake();
    return true;
  }

  const mailbox: Mailbox = {
    take(frame) {
      // Where half is free a line goes in that is larger than all the room: it would never find more.
      const fits = isRoomy() || (!gap && bytes + frame.length <= CAPACITY);
      return fits && !finished && push(frame);
    },
    offer(id, frame) {
      if (finished || mailbox.take(frame)) return !finished;
      gap = { from: gap?.from ?? id, to: id };
      return false;
    },
    put(frame) {
      if (!finished) push(frame);
    },
    finish() {
      finished = true;
      wake();
    },
    empty(most) {
      let size = 0;
      const last = waiting.findIndex((frame) => {
        size += frame.length;
        return size >= most;
      });
      const handed = waiting.splice(0, last < 0 ? waiting.length : last + 1);
      for (const frame of handed) bytes -= frame.length;
      if (waiting.length === 0 && gap) {
        handed.push(frameOf(gap));
        gap = undefined;
      }
      wake();
      return handed;
    },
    filled: () => until('filled', !isEmpty() || finished),
    room: () => until('room', isRoomy()),
    isEmpty,
    isOver: () => finished && isEmpty(),
  };
  return mailbox;
}
