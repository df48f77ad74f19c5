/** Runs in a pod of the namespace: answers one request, read from stdin as JSON, by JSON on stdout. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import * as z from 'zod';
import { violations } from '../../chaos/invariants.ts';
import { marketDifferences } from '../../chaos/market-oracle.ts';

const SECOND = 1000;
const PATIENCE = 4 * SECOND;

const Request = z.discriminatedUnion('ask', [
  z.object({
    ask: z.literal('rows'),
    database: z.enum(['runlog', 'report', 'prod']),
    sql: z.string(),
    values: z.array(z.unknown()),
  }),
  z.object({ ask: z.literal('contradictions') }),
  z.object({ ask: z.literal('differences') }),
  z.object({ ask: z.literal('connects'), host: z.string(), port: z.int() }),
]);

async function on<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: process.env[database.toUpperCase()] });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** How a connection ends: open, or the reason why not. */
function connects(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (how: string) => {
      socket.destroy();
      resolve(how);
    };
    socket.setTimeout(PATIENCE, () => end('silent'));
    socket.once('connect', () => end('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

async function answer(request: z.infer<typeof Request>): Promise<unknown> {
  if (request.ask === 'connects') return connects(request.host, request.port);
  if (request.ask === 'contradictions')
    return on('runlog', (runlog) => on('report', (report) => violations(runlog, report)));
  if (request.ask === 'differences')
    return on('prod', (prod) => on('report', (report) => marketDifferences(prod, report)));
  const { sql, values } = request;
  return on(request.database, async (client) => (await client.query(sql, values)).rows);
}

void text(process.stdin)
  .then((asked) => answer(Request.parse(JSON.parse(asked))))
  .then((told) => console.log(JSON.stringify(told)));
