/** The headers that answers may carry, and what they say. */
export const answerHeaders = {
  allow: 'The methods that the path takes.',
  accept: 'The media type that a body must have.',
  'cache-control': 'How long the answer may be kept; mostly not at all.',
  'content-disposition': 'Under which name to keep the answer as a file.',
  'content-security-policy': 'What a page may load: nothing but ours.',
  etag: 'The version of what is shown: send it back in `If-None-Match` to learn whether it changed, or in `If-Match` to change only what you saw.',
  'idempotent-replayed': '`true`: this was told before, to who asked first with the key.',
  link: 'Where the neighbouring pages are (RFC 8288); none when there are none.',
  location: 'The path of what was made, or of what stands in the way.',
  'preference-applied': 'Which wishes of `Prefer` were heeded.',
  'referrer-policy': 'Of a page: `no-referrer`.',
  'retry-after': 'After how many seconds to ask again.',
  upgrade: 'What the connection must become: `websocket`.',
  'x-accel-buffering': 'Of a stream: `no`, so that proxies pass on what comes at once.',
  'x-total-count':
    'How many there are on all pages: a number, or a number and `+` when there are at least so many.',
  'x-content-type-options': 'Of a page: `nosniff`.',
  'x-request-id': 'The id of the request: the one that was sent, or a new one. Logs and problems name it.',
} as const;

export type AnswerHeader = keyof typeof answerHeaders;
