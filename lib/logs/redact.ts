/** The one place where what leaves by log, mail, event or answer loses its secrets and its row values. */

export const HIDDEN = '[hidden]';

const KEY = 'pass(?:word|wd|phrase)?|secret(?:[_-]?access[_-]?key)?|token|api[_-]?key|access[_-]?key';

const secrets: [RegExp, string][] = [
  // Up to the last @ before the host's end: a password may hold @, / and :.
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@"'<>]{0,100}):[^\s"'<>]{1,300}@/gi, `$1:${HIDDEN}@`],
  [/\b(authorization["']?\s*[:=]\s*["']?)[^\r\n"']+/gi, `$1${HIDDEN}`],
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  // That dots follow is asked once a word: asked at each eyJ of a long one it takes minutes.
  [/(?<![\w-])(?=[\w-]+\.[\w-]{5,}\.)([\w-]*?)eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, `$1${HIDDEN}`],
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g, HIDDEN],
  [new RegExp(`((?:${KEY})["']?\\s*[:=]\\s*)(?:"[^"]*"?|'[^']*'?|[^\\s"',;&}]+)`, 'gi'), `$1${HIDDEN}`],
];

/** What every secret has about it; most texts have nothing of it, and asking costs a hundredth of looking. */
const SUSPECT = /:\/\/|authorization|bearer|basic|eyJ|-----BEGIN|pass|secret|token|(?:api|access)[_-]?key/i;

/** Whether a text can hold a secret at all. */
export const isSuspect = (text: string): boolean => SUSPECT.test(text);

/**
 * Text without URL passwords, Authorization values, JWTs, PEM blocks and `key=value` secrets, and without what
 * PostgreSQL cannot store: NUL and halves of surrogate pairs.
 */
export function redact(text: string): string {
  const storable = text.replaceAll('\0', '\u2400').toWellFormed();
  if (!isSuspect(storable)) return storable;
  return secrets.reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), storable);
}

const LONGEST_MESSAGE = 2000;

export type ErrorFacts = { code: string; message: string; stack?: string };

const isPostgres = (error: Error) => 'severity' in error && 'code' in error;

/** What PostgreSQL says without the row values that it quotes: all of a data exception's quotes, else those at the end. */
const withoutValues = (code: string, message: string) =>
  code.startsWith('22') ? message.replace(/".*"/s, '"…"') : message.replace(/: ".*"$/s, '');

/** An error's code, message and stack as they may be shown. */
export function describeError(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { code: 'ERROR', message: redact(asText(error)).slice(0, 1000) };
  const code = redact('code' in error && typeof error.code === 'string' ? error.code : error.name);
  const message = isPostgres(error) ? withoutValues(code, error.message) : error.message || code;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    code: isPostgres(error) ? `SQL_${code}` : code,
    message: redact(message.slice(0, 2 * LONGEST_MESSAGE)).slice(0, LONGEST_MESSAGE),
    ...(frames.length > 0 && { stack: redact(frames.join('\n')).slice(0, 4000) }),
  };
}

/** Some objects refuse to be text. */
const asText = (thrown: unknown) =>
  typeof thrown === 'object' && thrown !== null ? Object.prototype.toString.call(thrown) : String(thrown);
