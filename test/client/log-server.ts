/** A real HTTP server that has log lines and misbehaves by a script. */
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

export const RUN_ID = '0192f3c4-5d6e-7f80-9123-456789abcdef';

const logLine = (id: number, over: object = {}) => ({
  id,
  type: 'job',
  job_run_id: RUN_ID,
  task_run_id: null,
  timestamp: new Date(Date.UTC(2026, 10, 21, 8) + id * 100).toISOString(),
  level: 'info',
  stream: 'stdout',
  message: `line ${id}`,
  metadata: null,
  created_at: '2026-11-21T08:00:00.000Z',
  attempt: 1,
  epoch: 1,
  ...over,
});

/** What one connection of a stream does. */
export type Connection = {
  /** What its request asked to go on after; undefined when it asked for nothing. */
  after: number | undefined;
  /** Lines from one id to another. */
  tell(from: number, to: number): void;
  say(text: string): void;
  gap(from: number, to: number): void;
  end(status: string): void;
  /** Ends without a word to come. */
  close(): void;
  /** The network breaks. */
  cut(): void;
  refuse(status: number, headers?: Record<string, string>): void;
};

type Script = {
  last: number;
  status?: string | null;
  /** What the server tells of the run. Default: its status. */
  run?: object;
  /** Laid over each line. */
  line?: object;
  stream?(connection: Connection, nth: number): void;
};

/** Serves the lines 1 to `last`; each connection of its stream goes by the script. */
export async function logServer(script: Script) {
  const asked: string[] = [];
  let nth = 0;
  const server = createServer((message, reply) => {
    const { pathname, searchParams } = new URL(message.url ?? '', 'http://any');
    asked.push(message.url ?? '');
    const until = searchParams.get('until');
    if (pathname.endsWith('/stream/sse')) {
      const stream = connection(reply, searchParams);
      if (until === null) return script.stream?.(stream, nth++);
      stream.tell((stream.after ?? 0) + 1, Number(until));
      return stream.end('STARTED');
    }
    const json = (data: unknown) =>
      reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(data));
    if (pathname.startsWith('/runs/')) return json(script.run ?? { status: script.status ?? 'STARTED' });
    const number = (name: string, otherwise: number) => Number(searchParams.get(name) ?? otherwise);
    const from = searchParams.get('from') ?? '';
    const all = Array.from({ length: script.last }, (_, i) => logLine(i + 1, script.line)).filter(
      ({ timestamp }) => timestamp >= from,
    );
    if (searchParams.get('order') === 'desc') all.reverse();
    if (pathname.endsWith('/download')) {
      reply.writeHead(200, { 'content-type': 'application/x-ndjson' });
      return reply.end(
        all
          .slice(0, number('limit', all.length))
          .map((line) => `${JSON.stringify(line)}\n`)
          .join(''),
      );
    }
    const first = number('cursor', number('offset', 0));
    const end = first + number('limit', 100);
    const link = `</any?cursor=${end}>; rel="next"`;
    if (end < all.length) reply.setHeader('link', link);
    json(all.slice(first, end));
  });
  // Whoever stands still for a while finds his connection as it was.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, asked, streams: () => nth };
}

function connection(reply: ServerResponse, query: URLSearchParams): Connection {
  const say = (text: string) => {
    if (!reply.headersSent) reply.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.write(text);
  };
  return {
    after: query.has('after') ? Number(query.get('after')) : undefined,
    say,
    tell(from, to) {
      for (let id = from; id <= to; id++) say(`id: ${id}\ndata: ${JSON.stringify(logLine(id))}\n\n`);
    },
    gap: (from, to) => say(`id: ${to}\nevent: gap\ndata: ${JSON.stringify({ from, to })}\n\n`),
    end(status) {
      say(`event: end\ndata: ${JSON.stringify({ job_run_id: RUN_ID, status })}\n\n`);
      reply.end();
    },
    close() {
      say(': until soon\n\n');
      reply.end();
    },
    cut: () => void sleep(5).then(() => reply.destroy()),
    refuse: (status, headers = {}) => void reply.writeHead(status, headers).end(),
  };
}
