/** The one place where what leaves by log, mail, event or answer loses its secrets and its row values. */

const HIDDEN = '[hidden]';

const secrets: [RegExp, string][] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, `$1:${HIDDEN}@`],
  [/\b(authorization\s*[:=]\s*)(?:(?:bearer|basic)\s+)?\S+/gi, `$1${HIDDEN}`],
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, HIDDEN],
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g, HIDDEN],
  [
    /\b((?:pass(?:word|wd)?|secret|token|api[_-]?key|access[_-]?key)["']?\s*[:=]\s*["']?)[^\s"',;&}]+/gi,
    `$1${HIDDEN}`,
  ],
];

/** Text without URL passwords, Authorization values, JWTs, PEM blocks and `key=value` secrets. */
export function redact(text: string): string {
  return secrets.reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), text);
}

export type ErrorFacts = { code: string; message: string; stack?: string };

const isPostgres = (error: Error) => 'severity' in error && 'code' in error;

/** An error's code, message and stack as they may be shown. */
export function describeError(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { code: 'ERROR', message: redact(String(error)).slice(0, 1000) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  // PostgreSQL quotes row values at the end of its messages: invalid input syntax for type numeric: "12,5".
  const message = isPostgres(error) ? error.message.replace(/: ".*"$/s, '') : error.message || code;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    code: isPostgres(error) ? `SQL_${code}` : code,
    message: redact(message).slice(0, 2000),
    ...(frames.length > 0 && { stack: redact(frames.join('\n')).slice(0, 4000) }),
  };
}
