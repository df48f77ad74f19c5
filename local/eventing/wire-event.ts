/** A CloudEvent as it travels: attributes as text, data as bytes that nobody looks into. */
export type WireEvent = { attributes: Record<string, string>; data: Uint8Array };

/** The message is no CloudEvent; what the Broker says 400 to. */
export class NoEvent extends Error {}

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Tells whether headers announce a CloudEvent, valid or not. */
export function claimsEvent(headers: Headers): boolean {
  return headers.has('ce-specversion') || mediaType(headers).startsWith('application/cloudevents');
}

/** Reads a CloudEvent in binary or structured mode; throws NoEvent with the reason. */
export function readEvent(headers: Headers, body: Uint8Array): WireEvent {
  const type = mediaType(headers);
  if (type === BATCH) throw new NoEvent('batches are not taken');
  const event = type === STRUCTURED ? readStructured(body) : readBinary(headers, body);
  const { specversion, time } = event.attributes;
  for (const name of ['id', 'source', 'type']) {
    if (!event.attributes[name]) throw new NoEvent(`the attribute ${name} is missing`);
  }
  if (specversion !== '1.0') throw new NoEvent(`specversion is ${specversion ?? 'missing'}, not 1.0`);
  if (time !== undefined && (!RFC_3339.test(time) || Number.isNaN(Date.parse(time)))) {
    throw new NoEvent(`time ${time} is no RFC 3339 timestamp`);
  }
  return event;
}

/** The headers that carry an event in binary mode. */
export function eventHeaders({ attributes }: WireEvent): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'datacontenttype') headers.set('content-type', value);
    else headers.set(`ce-${name}`, asHeader(value));
  }
  return headers;
}

/** The data as a person reads it: parsed JSON where it is JSON, else text, else base64. */
export function shownData({ attributes, data }: WireEvent): unknown {
  const text = new TextDecoder().decode(data);
  if (/json\b/.test(attributes.datacontenttype ?? 'json')) {
    try {
      return text === '' ? null : JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text.includes('\ufffd') ? Buffer.from(data).toString('base64') : text;
}

function mediaType(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function readBinary(headers: Headers, data: Uint8Array): WireEvent {
  const attributes: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (name.startsWith('ce-')) attributes[name.slice('ce-'.length)] = value;
  }
  const contentType = headers.get('content-type');
  if (contentType) attributes.datacontenttype = contentType;
  return { attributes, data };
}

function readStructured(body: Uint8Array): WireEvent {
  let envelope: unknown;
  try {
    envelope = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new NoEvent('the structured event is broken JSON');
  }
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) {
    throw new NoEvent('the structured event is no JSON object');
  }
  const { data, data_base64: base64, ...rest } = Object.fromEntries(Object.entries(envelope));
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (value === null) continue;
    if (!/^[a-z0-9]+$/.test(name) || typeof value === 'object') throw new NoEvent(`${name} is no attribute`);
    attributes[name] = String(value);
  }
  if (typeof base64 === 'string') return { attributes, data: new Uint8Array(Buffer.from(base64, 'base64')) };
  if (data === undefined) return { attributes, data: new Uint8Array() };
  attributes.datacontenttype ??= 'application/json';
  const asIs = typeof data === 'string' && !/json\b/.test(attributes.datacontenttype);
  return { attributes, data: new TextEncoder().encode(asIs ? data : JSON.stringify(data)) };
}

/** Percent-encodes what the HTTP binding does not let into a header as it is. */
function asHeader(value: string): string {
  return value.replace(/[^\x20-\x7e]+/gu, (part) => encodeURIComponent(part));
}
