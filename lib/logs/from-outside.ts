/** Lines that others send: read one by one, so that a bad one harms none of its neighbours. */
import { LineFromOutside, LONGEST_METADATA } from '../contract/write-logs.ts';

export type Refused = { line: number; reason: string };
/** A line that can be taken, and which of the body it was. */
export type Numbered = { n: number; line: LineFromOutside };
export type Read = { lines: number; fit: Numbered[]; refused: Refused[] };

const LINE_FEED = 10;
const DEEPEST = 32;
/** Of what is told back about a line. */
const LONGEST_REASON = 300;

/** The lines of a body, those that fit and those that do not. */
export function readLines(body: Uint8Array): Read {
  const read: Read = { lines: 0, fit: [], refused: [] };
  let n = 0;
  for (const bytes of cut(body)) {
    n += 1;
    if (isBlank(bytes)) continue;
    read.lines += 1;
    const line = readLine(bytes);
    if (typeof line === 'string') read.refused.push({ line: n, reason: line.slice(0, LONGEST_REASON) });
    else read.fit.push({ n, line });
  }
  return read;
}

function* cut(body: Uint8Array): Generator<Uint8Array> {
  let from = 0;
  while (from < body.length) {
    const end = body.indexOf(LINE_FEED, from);
    yield body.subarray(from, end < 0 ? body.length : end);
    from = end < 0 ? body.length : end + 1;
  }
}

const isBlank = (bytes: Uint8Array) => bytes.every((byte) => byte === 32 || byte === 9 || byte === 13);

/** The line, or why it is none. */
function readLine(bytes: Uint8Array): LineFromOutside | string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return 'It is no UTF-8.';
  }
  const json = parse(text);
  if (!json) return 'It is no JSON.';
  const fits = LineFromOutside.safeParse(json.value);
  if (!fits.success) {
    const faults = fits.error.issues.map(({ path, message }) =>
      path.length > 0 ? `${path.join('.')}: ${message}` : message,
    );
    return faults.join('; ');
  }
  return idFault(fits.data) ?? metadataFault(fits.data) ?? fits.data;
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The table's own rule: the type decides which ids there are. */
function idFault({ type, job_run_id, task_run_id }: LineFromOutside): string | undefined {
  if (type === 'system')
    return job_run_id || task_run_id
      ? 'A line of type system has no job_run_id and no task_run_id.'
      : undefined;
  if (!job_run_id) return `A line of type ${type} needs a job_run_id.`;
  if (type === 'job') return task_run_id ? 'A line of type job has no task_run_id.' : undefined;
  return task_run_id ? undefined : 'A line of type task needs a task_run_id.';
}

function metadataFault({ metadata }: LineFromOutside): string | undefined {
  if (isDeeper(metadata, DEEPEST)) return `metadata: it has more than ${DEEPEST} levels, one in another.`;
  const length = metadata ? JSON.stringify(metadata).length : 0;
  return length > LONGEST_METADATA
    ? `metadata: it has ${length} characters as JSON, and ${LONGEST_METADATA} are the most.`
    : undefined;
}

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1)));
