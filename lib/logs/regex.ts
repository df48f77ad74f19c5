/** Regular expressions of strangers: RE2, whose time grows with the text alone. */
import { RE2JS, RE2JSException } from 're2js';
import { badRequest } from '../http/problem.ts';

/** Of a message, so many characters are looked at. */
const LOOKED_IN = 8_192;

/** Whether an expression is found in a message; throws a 400 when it is none. */
export function expressionOf(regex: string): (message: string) => boolean {
  const compiled = compile(regex);
  return (message) => compiled.test(message.slice(0, LOOKED_IN));
}

function compile(regex: string): RE2JS {
  try {
    return RE2JS.compile(regex);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const detail = `is no regular expression of RE2: ${error.message}`;
    throw Object.assign(
      badRequest('The query is wrong at "regex".', { errors: [{ parameter: 'regex', detail }] }),
      {
        cause: error,
      },
    );
  }
}
