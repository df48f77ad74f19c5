import { type Listening, listen } from '../../lib/http/host.ts';

/** How many ports after a busy one are tried before any free one is taken. */
const NEIGHBOURS = 20;

/**
 * Listens on 127.0.0.1. A busy port that somebody asked for is an error that names PORT; a busy default moves on
 * to the next free one.
 */
export async function listenNear(
  handler: (request: Request) => Promise<Response>,
  port: number,
  explicit: boolean,
): Promise<Listening> {
  for (let candidate = port; ; candidate += 1) {
    const last = candidate > port + NEIGHBOURS || candidate > 65_535;
    try {
      return await listen(handler, { port: last ? 0 : candidate, host: '127.0.0.1' });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (explicit && (code === 'EADDRINUSE' || code === 'EACCES')) {
        const why = code === 'EADDRINUSE' ? 'is already in use' : 'may not be opened by this user';
        throw new Error(`PORT=${port} ${why}. Choose another, or PORT=0 for any free one.`, { cause: error });
      }
      if (last || code !== 'EADDRINUSE') throw error;
    }
  }
}
