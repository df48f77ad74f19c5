/** What is spoken to over the network: the server, the Broker, the mail server. */
import { send } from '../../lib/boundary.ts';
import type { Config } from '../../lib/config.ts';
import { listRuns } from '../../lib/contract/list-runs.ts';
import { redact } from '../../lib/logs/redact.ts';
import { openDoors } from '../doors.ts';
import { homeFolder, readLocal, serverPlace } from '../place.ts';
import { told } from '../told.ts';
import { reason, Unreachable } from '../unreachable.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { PATIENCE } from './patience.ts';

/** Whether KubeScribe answers. */
export async function checkServer(config: Config, given: string | undefined): Promise<Finding> {
  const { url, from } = serverPlace(given, config);
  try {
    await told(listRuns, openDoors(url).GET('/runs', { params: { query: { limit: '1' } } }));
    return ok(`KubeScribe answers at ${redact(url)}`);
  } catch (error) {
    if (!(error instanceof Unreachable)) {
      return fail(error instanceof Error ? error.message : String(error), mend.other);
    }
    return from === 'default' ? warn(error.what, mend.default) : fail(error.what, mend[from]);
  }
}

const mend = {
  default: '`make run`, or give --url',
  '--url': 'start it, or give the right --url',
  PUBLIC_URL: 'start it, or set PUBLIC_URL right',
  'local.json': 'start it again with `make run`',
  other: 'give the right --url, or see the log of that server',
};

/** Whether the Broker answers. Nothing is sent into it. */
export async function checkBroker(config: Config): Promise<Finding> {
  const to = config.broker ?? readLocal(homeFolder(config))?.broker;
  if (!to)
    return warn('Broker: K_SINK is not set and no `make run` is known here', '`make run`, or set K_SINK');
  const mend = config.broker ? 'set K_SINK to where events are taken' : 'start it again with `make run`';
  try {
    const response = await send('cli doctor', to, {
      method: 'OPTIONS',
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.body?.cancel();
    if (response.status === 404) return fail(`Broker: ${redact(to)} is not served there (404)`, mend);
    if (response.status >= 500) return fail(`Broker: ${redact(to)} answers ${response.status}`, mend);
    return ok(`Broker answers at ${redact(to)}`);
  } catch (error) {
    return fail(`Broker: nothing answers at ${redact(to)} (${reason(error)})`, mend);
  }
}

/** Whether the mail server answers and lets us in. No mail is sent. */
export async function checkMail(config: Config): Promise<Finding[]> {
  const { smtpUrl, notifyTo } = config;
  const caught = readLocal(homeFolder(config))?.smtp;
  if (!smtpUrl && caught) return [await checkSmtp(caught, 'start it again with `make run`')];
  if (!smtpUrl) {
    return [warn('Mail: SMTP_URL is not set, so nobody is told of failures', 'set SMTP_URL and NOTIFY_TO')];
  }
  const findings = [await checkSmtp(smtpUrl, 'start it, or set SMTP_URL right')];
  if (notifyTo.length === 0) {
    findings.push(warn('Mail: NOTIFY_TO is empty, so nobody is told', 'set NOTIFY_TO'));
  }
  return findings;
}

async function checkSmtp(url: string, mend: string): Promise<Finding> {
  const { host } = new URL(url);
  const { createTransport } = await import('nodemailer');
  const options = { connectionTimeout: PATIENCE, greetingTimeout: PATIENCE, socketTimeout: PATIENCE };
  const transport = createTransport({ url, ...options });
  try {
    await transport.verify();
    return ok(`Mail server answers at ${host}`);
  } catch (error) {
    if (reason(error) === 'EAUTH') {
      return fail(`Mail: ${host} refuses the user or its password`, 'put the right ones into SMTP_URL');
    }
    const why = socketReason(error) ?? reason(error);
    return fail(`Mail: no mail server answers at ${host} (${why})`, mend);
  } finally {
    transport.close();
  }
}

/** nodemailer says ESOCKET for all of these and keeps the system's own word beside it. */
function socketReason(error: unknown): string | undefined {
  return error instanceof Error && 'originalCode' in error && typeof error.originalCode === 'string'
    ? error.originalCode
    : undefined;
}
