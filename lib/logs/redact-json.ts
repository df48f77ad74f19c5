import { describeError, HIDDEN, isSuspect, redact } from './redact.ts';

const DEEPEST = 32;
const SECRET_NAME = /(?:pass(?:word|wd|phrase)?|secret|token|authorization|api[_-]?key|access[_-]?key)$/i;

type Name = { shown: string; isSecret: boolean };
const LONGEST_KNOWN_NAME = 64;
const MOST_KNOWN_NAMES = 1000;
/** Names of members come again and again. */
const knownNames = new Map<string, Name>();

function nameOf(name: string, text: (said: string) => string): Name {
  const known = knownNames.get(name);
  if (known) return known;
  const told = { shown: text(name), isSecret: SECRET_NAME.test(name) };
  if (name.length <= LONGEST_KNOWN_NAME && knownNames.size < MOST_KNOWN_NAMES) knownNames.set(name, told);
  return told;
}

/** How much of a value is taken: members and items in all, and characters of each text. */
type Most = { members: number; text: number };

/**
 * Any value as JSON that PostgreSQL can store, without secrets; what is too deep, too much or refers to itself is cut.
 * Of an error its code, message and stack are taken, and nothing that a driver adds.
 */
export function redactJson(
  value: unknown,
  most: Most = { members: Number.POSITIVE_INFINITY, text: Number.POSITIVE_INFINITY },
): unknown {
  const left = { ...most };
  const text = (said: string) =>
    said.length <= most.text ? redact(said) : `${redact(said.slice(0, 2 * most.text)).slice(0, most.text)}…`;

  function plain(of: unknown, depth: number): unknown {
    if (typeof of === 'string') return text(of).toWellFormed();
    if (typeof of === 'bigint') return String(of);
    if (typeof of === 'number') return Number.isFinite(of) ? of : null;
    if (typeof of !== 'object' || of === null) return typeof of === 'boolean' ? of : null;
    if (of instanceof Date) return Number.isNaN(of.getTime()) ? null : of.toISOString();
    if (of instanceof Error) return describeError(of);
    if (of instanceof URL) return text(of.href);
    if (ArrayBuffer.isView(of)) return `[${of.byteLength} bytes]`;
    if (depth >= DEEPEST) return '[deeper]';
    return Array.isArray(of) ? items(of, depth + 1) : members(of, depth + 1);
  }

  function items(of: readonly unknown[], depth: number): unknown[] {
    const taken: unknown[] = [];
    for (const item of of) {
      if (left.members-- <= 0) return [...taken, `[${of.length - taken.length} more]`];
      taken.push(plain(item, depth));
    }
    return taken;
  }

  function members(of: object, depth: number): Record<string, unknown> {
    const taken: [string, unknown][] = [];
    for (const [name, member] of Object.entries(of)) {
      if (member === undefined) continue;
      if (left.members-- <= 0) {
        taken.push(['…', 'more']);
        break;
      }
      const { shown, isSecret } = nameOf(name, text);
      taken.push([shown, isSecret ? HIDDEN : plain(member, depth)]);
    }
    return Object.fromEntries(taken);
  }
  return plain(value, 0);
}

/** A line of JSON as it may leave the process. */
export function redactLine(line: string): string {
  if (!isSuspect(line)) return line;
  return `${JSON.stringify(redactJson(JSON.parse(line)))}\n`;
}
