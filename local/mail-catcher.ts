/** An SMTP server on this machine that sends nothing on: what is mailed to it can be read at /mail. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { mailPage } from './mail-page.ts';
import { type CaughtMail, openMailStore } from './mail-store.ts';
import type { ExtraRoutes } from './serving/gateway.ts';

const MEGABYTE = 1024 * 1024;
const LARGEST_MAIL = 5 * MEGABYTE;
/** How long a client may still speak after we were asked to stop. */
const CLOSING = 500;

export type MailCatcher = {
  url: string;
  /** Newest first. */
  list(): CaughtMail[];
  get(id: string): CaughtMail | undefined;
  /** Answers /mail and what lies below it; undefined for other paths. */
  handler: ExtraRoutes;
  stop(): Promise<void>;
};

/** Starts the catcher; port 0, the default, takes any free one. Mails are kept in `mail/` of `home`. */
export async function startMailCatcher(options: {
  home: string;
  port?: number;
  host?: string;
  /** Drops what earlier starts have caught. Default false. */
  fresh?: boolean;
}): Promise<MailCatcher> {
  const { home, port = 0, host = '127.0.0.1', fresh = false } = options;
  const folder = join(home, 'mail');
  if (fresh) await rm(folder, { recursive: true, force: true });
  const store = await openMailStore(folder);
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: LARGEST_MAIL,
    closeTimeout: CLOSING,
    logger: false,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        // Above its limit smtp-server still hands everything over.
        if (!stream.sizeExceeded) chunks.push(chunk);
      });
      stream.once('end', () => {
        if (stream.sizeExceeded) return done(refusal(552, `A mail may have ${LARGEST_MAIL} bytes at most.`));
        store.add(Buffer.concat(chunks)).then(
          () => done(),
          () => done(refusal(451, 'The mail could not be kept. Is the disk full?')),
        );
      });
    },
  });
  // A client that hangs up in mid-sentence is its own affair.
  server.on('error', () => {});
  await listening(server, port, host);
  const { port: taken } = server.server.address() as AddressInfo;
  return {
    url: `smtp://${host}:${taken}`,
    list: store.list,
    get: store.get,
    handler: mailPage(store),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function listening(server: SMTPServer, port: number, host: string): Promise<void> {
  const up = once(server.server, 'listening');
  server.listen(port, host);
  await up;
}

const refusal = (responseCode: number, message: string) =>
  Object.assign(new Error(message), { responseCode });
