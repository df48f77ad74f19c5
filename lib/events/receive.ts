/** The one adapter between a delivery over HTTP and a handler of events; its answers are what Knative acts upon. */
import { CloudEvent, HTTP } from 'cloudevents';
import * as z from 'zod';
import type { ProblemTitle } from '../contract/problems.ts';
import { answer } from '../http/answer.ts';
import { readText } from '../http/body.ts';
import { HttpProblem, problemResponse } from '../http/problem.ts';
import type { Route } from '../http/router.ts';
import type { Service } from '../http/service.ts';

/** 769 bytes crash the cluster's dispatcher; this keeps well away from it. */
const FAILURE_LIMIT = 512;

/** An event as a handler sees it; `data` is what its schema made of it. */
export type Received = {
  id: string;
  source: string;
  type: string;
  subject: string | undefined;
  extensions: Record<string, unknown>;
  data: unknown;
};

/** No retry can mend this event: it goes to the dead letters at once. */
export class PoisonEvent extends Error {}

/** Another worker holds the lease: ask again, so that a crash of it is noticed. */
export class LeaseHeld extends Error {}

export type EventHandler = (event: Received, service: Service) => Promise<void>;

/** The door for events at `/`: 204 done or behind us, 422 poison, 429 lease held, 503 whatever may pass. */
export function eventRoute(handle: EventHandler): Route {
  return {
    method: 'POST',
    path: '/',
    async handle(request, _params, service) {
      let event: Received | undefined;
      try {
        event = await readEvent(request);
        await handle(event, service);
        return answer(null, { status: 204 });
      } catch (error) {
        return answerFailure(error, event, service);
      }
    },
  };
}

/** What Knative is told of a failure, so that it does the right thing next: 422, 429 or 503, in few words. */
export function answerFailure(
  error: unknown,
  event: Pick<Received, 'id' | 'type' | 'subject'> | undefined,
  service: Service,
): Response {
  const facts = { error, event: event && { id: event.id, type: event.type, subject: event.subject } };
  if (error instanceof LeaseHeld) {
    service.log.info(facts, 'event put off: its run is being worked on');
    return failure(429, 'Lease held', 'Another worker has this run.');
  }
  if (error instanceof PoisonEvent || error instanceof HttpProblem) {
    service.log.warn(facts, 'event refused');
    return failure(422, 'Poison event', error.message);
  }
  service.log.error(facts, 'event failed for now');
  return failure(503, 'Try again', 'This may pass; the log has the cause.');
}

function failure(status: number, title: ProblemTitle, detail: string): Response {
  let cut = detail.replaceAll(/[^\x20-\x7e]/g, '?');
  while (JSON.stringify(cut).length > FAILURE_LIMIT - 160) cut = cut.slice(0, -20);
  return problemResponse({ status, title, detail: cut });
}

const Attribute = z.string().regex(/^\P{Cc}+$/u, 'is empty or holds a control character');
/** The SDK would make up what is missing. */
const Envelope = z.looseObject({
  specversion: z.literal('1.0'),
  id: Attribute,
  source: Attribute,
  type: Attribute,
  subject: Attribute.optional(),
});

/** Reads a CloudEvent in binary or structured mode. */
async function readEvent(request: Request): Promise<Received> {
  const headers = Object.fromEntries(request.headers);
  // The SDK looks content types up letter by letter, and knows none with a charset.
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (mediaType) headers['content-type'] = mediaType;
  const body = await readText(request);
  if (mediaType.startsWith('application/cloudevents-batch'))
    throw new PoisonEvent('Batches are not taken: send one event a request.');
  try {
    checkEnvelope(mediaType.startsWith('application/cloudevents') ? JSON.parse(body) : attributesOf(headers));
    const event = HTTP.toEvent({ headers, body });
    if (!(event instanceof CloudEvent) || event.validate() !== true)
      throw new PoisonEvent('The event is not CloudEvents 1.0.');
    const { id, source, type, subject, data, specversion, time, datacontenttype, dataschema, ...rest } =
      event;
    return { id, source, type, subject, data, extensions: rest };
  } catch (error) {
    if (error instanceof PoisonEvent) throw error;
    const why = error instanceof Error ? error.message.slice(0, 120) : 'unreadable';
    throw new PoisonEvent(`This is no CloudEvent: ${why}`, { cause: error });
  }
}

const attributesOf = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, text]) =>
      name.startsWith('ce-') ? [[name.slice(3), text]] : [],
    ),
  );

function checkEnvelope(attributes: unknown): void {
  const { error } = Envelope.safeParse(attributes);
  if (!error) return;
  const [issue] = error.issues;
  throw new PoisonEvent(`This is no CloudEvent: "${issue?.path.join('.')}": ${issue?.message}.`);
}
