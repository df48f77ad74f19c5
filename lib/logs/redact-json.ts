import { HIDDEN, redact } from './redact.ts';

const DEEPEST = 32;
const SECRET_NAME = /(?:pass(?:word|wd|phrase)?|secret|token|authorization|api[_-]?key|access[_-]?key)$/i;

/** Any value as JSON that PostgreSQL can store, without secrets; what is too deep or refers to itself is cut. */
export function redactJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return typeof value === 'boolean' ? value : null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (depth >= DEEPEST) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => redactJson(item, depth + 1));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [
      redact(name),
      SECRET_NAME.test(name) ? HIDDEN : redactJson(member, depth + 1),
    ]),
  );
}
