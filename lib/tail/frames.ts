/** What a stream says, as bytes: a line that is told to many is written once. */
import type * as z from 'zod';
import type { LogLine } from '../contract/log-line.ts';
import type { LogEnd } from '../contract/log-stream.ts';
import type { Gap } from './mailbox.ts';

type End = z.output<typeof LogEnd>;

export type Frames = {
  hello: Buffer | undefined;
  line(line: LogLine): Buffer;
  gap(gap: Gap): Buffer;
  end(end: End): Buffer;
  /** Said when the stream stops and the client shall come again. */
  again: Buffer | undefined;
  /** Said when nothing else is. */
  beat: Buffer | undefined;
};

/** After how many ms a client comes again; who comes after the end hears it again, and has no haste. */
const AGAIN = 1500;
const AGAIN_AFTER_END = 60_000;

const once = (write: (line: LogLine) => string) => {
  const written = new WeakMap<LogLine, Buffer>();
  return (line: LogLine): Buffer => {
    const before = written.get(line);
    if (before) return before;
    const frame = Buffer.from(write(line));
    written.set(line, frame);
    return frame;
  };
};

/** Frames of Server-Sent Events; JSON has no line feed of its own, so no text can end one. */
export const sseFrames: Frames = {
  hello: Buffer.from(`retry: ${AGAIN}\n\n`),
  line: once((line) => `id: ${line.id}\ndata: ${JSON.stringify(line)}\n\n`),
  gap: (gap) => Buffer.from(`id: ${gap.to}\nevent: gap\ndata: ${JSON.stringify(gap)}\n\n`),
  end: (end) => Buffer.from(`retry: ${AGAIN_AFTER_END}\nevent: end\ndata: ${JSON.stringify(end)}\n\n`),
  again: Buffer.from(`retry: ${AGAIN / 5}\n\n`),
  beat: Buffer.from(': beat\n\n'),
};

/** Messages of a WebSocket, which has a beat of its own. */
export const socketFrames: Frames = {
  hello: undefined,
  line: once((line) => JSON.stringify(line)),
  gap: (gap) => Buffer.from(JSON.stringify({ event: 'gap', ...gap })),
  end: (end) => Buffer.from(JSON.stringify({ event: 'end', ...end })),
  again: undefined,
  beat: undefined,
};
