/** SMTP: one mail, one connection, one deadline, and an outcome that says whether it may be tried again. */
import { createTransport } from 'nodemailer';
import { describeError } from '../logs/redact.ts';
import type { Mail } from './compose.ts';

const SECOND = 1000;

/** How long a mail may take in all; the lease is longer. */
export const SMTP_PATIENCE = 30 * SECOND;
const CONNECT_TIMEOUT = 10 * SECOND;
const SILENCE = 20 * SECOND;

/** `undecided`: the whole mail left and no answer came, so it may have arrived. */
export type Outcome =
  | { is: 'sent' }
  | { is: 'refused'; why: string }
  | { is: 'put-off'; why: string }
  | { is: 'undecided'; why: string };

/** Sends a mail; never throws. After `patience` ms the connection is destroyed. */
export async function sendMail(smtpUrl: string, mail: Mail, patience: number): Promise<Outcome> {
  let wholeLeft = false;
  try {
    const transport = createTransport({
      url: smtpUrl,
      connectionTimeout: CONNECT_TIMEOUT,
      dnsTimeout: CONNECT_TIMEOUT,
      greetingTimeout: CONNECT_TIMEOUT,
      socketTimeout: SILENCE,
      // Neither a mail nor a setting may make us read files or URLs.
      disableFileAccess: true,
      disableUrlAccess: true,
      // At the deadline the socket is destroyed, not asked to end.
      socketCloseTimeout: 0,
    });
    // The connection reads the message to its end after the server's 354, right before the final dot.
    transport.use('stream', (composed, next) => {
      const create = composed.message.createReadStream.bind(composed.message);
      composed.message.createReadStream = (options) =>
        create(options).once('end', () => {
          wholeLeft = true;
        });
      next();
    });
    await transport.sendMail({ ...mail, signal: AbortSignal.timeout(patience) });
    return { is: 'sent' };
  } catch (error) {
    return outcomeOf(error, wholeLeft);
  }
}

/** What was about this one mail, rather than about the way to the server or the account. */
const aboutTheMail = new Set<unknown>(['EENVELOPE', 'EMESSAGE']);

function outcomeOf(error: unknown, wholeLeft: boolean): Outcome {
  const why = describeError(error).message.replaceAll(/\s+/g, ' ').slice(0, 500);
  if (error instanceof Error && 'responseCode' in error) {
    const final = Number(error.responseCode) >= 500 && 'code' in error && aboutTheMail.has(error.code);
    return { is: final ? 'refused' : 'put-off', why };
  }
  return { is: wholeLeft ? 'undecided' : 'put-off', why };
}
