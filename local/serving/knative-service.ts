import type { Duplex } from 'node:stream';
import { onTakeOver } from '../../lib/http/upgrade.ts';
import type { ServiceManifest } from '../manifests/manifest.ts';

type Handler = (request: Request) => Promise<Response>;
type Limits = Pick<
  ServiceManifest,
  'timeoutSeconds' | 'responseStartTimeoutSeconds' | 'containerConcurrency'
>;

const SECOND = 1000;

/**
 * Puts around a handler what Serving puts around a container: containerConcurrency (the rest queues), 504 when no
 * answer has begun after responseStartTimeoutSeconds, and an end to every answer after timeoutSeconds; the wait in
 * the queue counts. The handler learns of it by its request's signal; whether it then stops is up to it. A connection that
 * left HTTP keeps its place until it is closed.
 */
export function withinLimits(limits: Limits, handler: Handler): Handler {
  const slots = openSlots(limits.containerConcurrency);
  // A Request that nobody holds is collected, and the signal that a handler took from it is then told nothing.
  const open = new Set<Request>();

  return async (request) => {
    const cut = new AbortController();
    const after = (seconds: number) => setTimeout(() => cut.abort(), seconds * SECOND).unref();
    const total = after(limits.timeoutSeconds);
    const start = after(limits.responseStartTimeoutSeconds || limits.timeoutSeconds);
    const signal = AbortSignal.any([request.signal, cut.signal]);
    const watched = new Request(request, { signal });
    open.add(watched);
    const taken = await slots.take(cut.signal);
    const end = () => {
      clearTimeout(total);
      clearTimeout(start);
      open.delete(watched);
      if (taken) slots.release();
    };
    try {
      const response = taken ? await unlessCut(handler(watched), cut.signal) : taken;
      clearTimeout(start);
      if (response !== false && response.body)
        return new Response(cutShort(response.body, cut.signal, end), response);
      if (response && onTakeOver(response, (socket) => keepPlace(socket, cut.signal, end))) return response;
      end();
      return response === false ? new Response('activator request timeout', { status: 504 }) : response;
    } catch (error) {
      end();
      throw error;
    }
  };
}

/** Resolves to false when the cut comes first; the work goes on unwatched, as it does behind a proxy. */
async function unlessCut<T>(work: Promise<T>, cut: AbortSignal): Promise<T | false> {
  const late = Promise.withResolvers<false>();
  const onCut = () => late.resolve(false);
  if (cut.aborted) onCut();
  cut.addEventListener('abort', onCut);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    cut.removeEventListener('abort', onCut);
  }
}

/** Passes a body on until its end or the cut, at which Serving writes a last text of its own. */
function cutShort(
  body: ReadableStream<Uint8Array>,
  cut: AbortSignal,
  end: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = await unlessCut(reader.read(), cut);
        if (next && !next.done) return controller.enqueue(next.value);
        if (!next) {
          controller.enqueue(new TextEncoder().encode('request timeout'));
          await reader.cancel();
        }
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
}

function keepPlace(socket: Duplex, cut: AbortSignal, end: () => void): void {
  cut.addEventListener('abort', () => socket.destroy(), { once: true });
  if (socket.destroyed) end();
  else socket.once('close', end);
}

/** Places for requests that run at once; 0 means no limit. */
function openSlots(limit: number): { take(cut: AbortSignal): Promise<boolean>; release(): void } {
  let free = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  const queue = new Set<() => void>();
  return {
    take(cut) {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const enter = () => resolve(true);
        queue.add(enter);
        cut.addEventListener('abort', () => queue.delete(enter) && resolve(false), { once: true });
      });
    },
    release() {
      const [next] = queue;
      if (next === undefined) {
        free += 1;
        return;
      }
      queue.delete(next);
      next();
    },
  };
}
