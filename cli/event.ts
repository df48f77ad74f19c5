import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { send } from '../lib/boundary.ts';
import { loadConfig } from '../lib/config.ts';
import { redact } from '../lib/logs/redact.ts';
import { homeFolder, readLocal } from './place.ts';
import { print, printJson, wantsJson } from './print.ts';
import { json, webUrl } from './program.ts';
import { reason } from './unreachable.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

/** A sync Broker answers when all that follows from the event is done. */
const PATIENCE = 120_000;

type Options = {
  data?: unknown;
  source: string;
  subject?: string;
  id?: string;
  extension: Record<string, string>;
  to?: string;
};

/** Adds `kubescribe event send` to the program. */
export function register(program: Command): void {
  program
    .command('event')
    .description('sends CloudEvents')
    .command('send')
    .description('sends an event to the Broker, in binary mode')
    .argument('<type>', 'its type, such as dev.knative.sources.ping', ascii)
    .option('--data <json>', 'its data', json)
    .option('--source <uri>', 'its source', ascii, '/kubescribe/cli')
    .option('--subject <text>', 'its subject', ascii)
    .option('--id <text>', 'its id; else a new one', ascii)
    .option('--extension <name=value>', 'an extension, such as tick=minute; again for more', extension, {})
    .option('--to <url>', 'the Broker (else K_SINK, else that of `make run`)', webUrl)
    .action(sendEvent);
}

async function sendEvent(type: string, options: Options, command: Command): Promise<void> {
  const { data, source, subject, id = randomUUID() } = options;
  const to = options.to ?? brokerAddress();
  const { CloudEvent, HTTP } = await import('cloudevents');
  const event = new CloudEvent({
    ...options.extension,
    id,
    type,
    source,
    ...(subject && { subject }),
    ...(data !== undefined && { data, datacontenttype: 'application/json' }),
  });
  const { headers } = HTTP.binary(event);
  const body = data === undefined ? null : JSON.stringify(data);
  const status = await post(to, headers, body);
  if (wantsJson(command))
    return printJson({ id, type, source, subject: subject ?? null, to: redact(to), status });
  print(visible(`Sent ${type} as ${id} to ${redact(to)}: ${status}`));
}

async function post(to: string, headers: object, body: string | null): Promise<number> {
  const request = { method: 'POST', headers: new Headers(Object.entries(headers)), body };
  const response = await send('cli event', to, { ...request, signal: AbortSignal.timeout(PATIENCE) }).catch(
    (error: unknown) => {
      throw new Error(
        `No Broker answers at ${redact(to)} (${reason(error)}): start it with \`make run\`, or name it with --to.`,
        { cause: error },
      );
    },
  );
  const text = await response.text().catch(() => '');
  if (response.ok) return response.status;
  const why = response.status === 404 ? 'it knows no such Broker' : text.trim().slice(0, 200);
  throw new Error(`${redact(to)} refused the event with ${response.status}${why ? `: ${why}` : ''}.`);
}

function brokerAddress(): string {
  const config = loadConfig();
  const to = config.broker ?? readLocal(homeFolder(config))?.broker;
  if (to) return to;
  throw new UsageError('No Broker is known: name it with --to or in K_SINK, or start one with `make run`.');
}

function ascii(text: string): string {
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text)) {
    throw new InvalidArgumentError('Attributes of events are plain ASCII text without space at their ends.');
  }
  return text;
}

const OWN = new Set(['id', 'type', 'source', 'subject', 'specversion', 'data', 'datacontenttype', 'time']);

function extension(text: string, before: Record<string, string>): Record<string, string> {
  const [, name = '', value = ''] = /^([a-z0-9]{1,20})=(.+)$/s.exec(text) ?? [];
  if (name === '' || OWN.has(name)) {
    throw new InvalidArgumentError('Write name=value; a name has 1 to 20 lower-case letters or digits.');
  }
  return { ...before, [name]: ascii(value) };
}
