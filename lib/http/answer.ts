import { headerList } from './header-list.ts';

/** What an answer is made of. */
export type AnswerInit = { status?: number; headers?: Record<string, string> };

const texts = new WeakMap<Response, string | null>();

/** A `Response` of a text that is known whole; Node's own, and with it all of fetch, is made only for who reads it. */
export function answer(
  text: string | null,
  { status = 200, headers: fields = {} }: AnswerInit = {},
): Response {
  const headers = headerList(Object.entries(fields));
  let made: Response | undefined;
  const whole = () => {
    made ??= new Response(text, { status, headers: [...headers] });
    return made;
  };
  const response: Response = {
    status,
    statusText: '',
    ok: status >= 200 && status < 300,
    type: 'default',
    url: '',
    redirected: false,
    headers,
    get body() {
      return text === null ? null : whole().body;
    },
    get bodyUsed() {
      return made?.bodyUsed ?? false;
    },
    clone: () => whole().clone(),
    text: () => whole().text(),
    json: () => whole().json(),
    bytes: () => whole().bytes(),
    blob: () => whole().blob(),
    arrayBuffer: () => whole().arrayBuffer(),
    formData: () => whole().formData(),
  };
  texts.set(response, text);
  return response;
}

/** The same for what is told as JSON. */
export function answerJson(data: unknown, { status = 200, headers = {} }: AnswerInit = {}): Response {
  return answer(JSON.stringify(data), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** The text of an answer that was made here; undefined for any other response, whose body streams. */
export const textOf = (response: Response): string | null | undefined => texts.get(response);
