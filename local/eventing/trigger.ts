import type { Log } from '../log.ts';
import type { Target, TriggerManifest } from '../manifests/manifest.ts';
import { type Answer, type Answered, isSuccess, type Sending, sendEvent } from './delivery.ts';
import type { Attempted } from './tap.ts';
import { claimsEvent, NoEvent, readEvent, type WireEvent } from './wire-event.ts';

/** The attribute that counts an event's hops through Brokers down. */
export const TTL = 'knativebrokerttl';

/** How a Trigger reaches its surroundings. */
export type Delivering = {
  addressOf(target: Target): string;
  /** Headers that travel with the event: request ids, traces, the Broker's namespace. */
  headers: Record<string, string>;
  sending: Pick<Sending, 'wait' | 'signal'>;
  record(attempt: Attempted): void;
  log: Log;
};

export type Delivered = 'delivered' | 'dead-lettered' | 'failed';

const BAD_GATEWAY = 502;
/** More than this in a failing answer, with a dead letter sink, crashes the real dispatcher of every Broker. */
const CRASHING_BODY_BYTES = 768;
const ERROR_DATA_CHARACTERS = 1024;

/**
 * Delivers an event to a Trigger's subscriber and its reply back to the Broker, with retries, and to the dead
 * letter sink when either fails.
 */
export async function deliver(
  trigger: TriggerManifest,
  event: WireEvent,
  to: Delivering,
): Promise<Delivered> {
  const { [TTL]: ttl = '', ...attributes } = event.attributes;
  const answer = await send(trigger, 'subscriber', trigger.subscriber, { ...event, attributes }, to);
  if (!isSuccess(answer)) return bury(trigger, event, answer, trigger.subscriber, to);
  if (!claimsEvent(answer.headers)) return 'delivered';

  const reply = readEvent(answer.headers, answer.body);
  const broker = { kind: 'Broker', namespace: trigger.namespace, name: trigger.broker, path: '/' } as const;
  const hop = { ...reply, attributes: { ...reply.attributes, [TTL]: ttl } };
  const taken = await send(trigger, 'reply', broker, hop, to);
  return isSuccess(taken) ? 'delivered' : bury(trigger, event, taken, broker, to);
}

/** Sends the event as the Broker held it, with what is known of the failure, to the dead letter sink. */
async function bury(
  trigger: TriggerManifest,
  event: WireEvent,
  answer: Answer,
  failedAt: Target,
  to: Delivering,
): Promise<Delivered> {
  // An ended process tells nobody: not the dead letter sink either.
  if ('error' in answer && answer.cut) return 'failed';
  const { id, type } = event.attributes;
  const facts = { trigger: trigger.name, id, type, ...outcome(answer) };
  const sink = trigger.delivery.deadLetterSink;
  if (!sink) {
    to.log.error(facts, 'event lost: delivery failed and there is no dead letter sink');
    return 'failed';
  }
  if ('status' in answer && answer.body.length > CRASHING_BODY_BYTES) {
    const hazard = `a failing answer above ${CRASHING_BODY_BYTES} bytes crashes the Brokers of a real cluster`;
    to.log.error({ ...facts, bytes: answer.body.length }, `${hazard}: keep it within 512`);
  }
  to.log.warn(facts, 'event goes to the dead letter sink');
  const attributes = { ...event.attributes, ...errorAttributes(answer, to.addressOf(failedAt)) };
  const last = await send(trigger, 'dead-letter', sink, { ...event, attributes }, to);
  if (isSuccess(last)) return 'dead-lettered';
  to.log.error({ ...facts, sink: outcome(last) }, 'event lost: the dead letter sink did not take it');
  return 'failed';
}

function send(
  trigger: TriggerManifest,
  kind: Attempted['kind'],
  target: Target,
  event: WireEvent,
  to: Delivering,
): Promise<Answer> {
  const url = to.addressOf(target);
  const name = `${trigger.namespace}/${trigger.name}`;
  const toSubscriber = kind === 'subscriber';
  const headers = toSubscriber ? { ...to.headers, prefer: 'reply' } : to.headers;
  return sendEvent(url, event, headers, trigger.delivery, {
    ...to.sending,
    onAttempt: (attempt) => to.record({ trigger: name, kind, url, ...attempt }),
    ...(toSubscriber && { judge: refuseOtherBodies }),
  });
}

/** The filter's rule: the body of a 2xx is empty or an event; anything else counts as 502, and is told nobody. */
function refuseOtherBodies(answer: Answer): Answer {
  if (!isSuccess(answer) || isReply(answer)) return answer;
  if (answer.body.length === 0 && !claimsEvent(answer.headers)) return answer;
  return { status: BAD_GATEWAY, headers: new Headers(), body: new Uint8Array(), silenced: true };
}

function isReply(answer: Answered): boolean {
  try {
    return claimsEvent(answer.headers) && readEvent(answer.headers, answer.body) !== undefined;
  } catch (error) {
    if (error instanceof NoEvent) return false;
    throw error;
  }
}

/** What a dead letter tells of the failure: nothing after a timeout, a cut connection or a wrong body. */
function errorAttributes(answer: Answer, destination: string): Record<string, string> {
  if ('error' in answer || answer.silenced) return {};
  const printable = answer.body.filter((byte) => byte >= 0x20 && byte !== 0x7f);
  return {
    knativeerrordest: destination,
    knativeerrorcode: String(answer.status),
    knativeerrordata: Buffer.from(printable).toString('base64').slice(0, ERROR_DATA_CHARACTERS),
  };
}

function outcome(answer: Answer): { status: number } | { error: string } {
  return 'error' in answer ? { error: answer.error } : { status: answer.status };
}
