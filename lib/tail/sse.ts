import type { Service } from '../http/service.ts';
import type { Client, Wish } from './client.ts';
import { sseFrames } from './frames.ts';
import { openStream } from './streams.ts';

const KIB = 1024;
/** Handed on at once at most; what was handed on is no longer in the mailbox's account. */
const CHUNK = 64 * KIB;
const HEAD = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };

/** A stream as Server-Sent Events. */
export async function answerEvents(service: Service, wish: Wish): Promise<Response> {
  const client = await openStream(service, 'sse', wish, sseFrames);
  return new Response(bodyOf(client), { headers: HEAD });
}

function bodyOf({ mailbox, stop, cut }: Client): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      // Who does not read holds a connection up that shall end.
      start: (controller) => void cut.then(() => controller.error(new Error('nobody reads the end'))),
      async pull(controller) {
        await mailbox.filled();
        const frames = mailbox.empty(CHUNK);
        if (frames.length > 0) controller.enqueue(Buffer.concat(frames));
        if (mailbox.isOver()) controller.close();
      },
      cancel: () => stop('gone'),
    },
    { highWaterMark: 0 },
  );
}
