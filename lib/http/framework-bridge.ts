import type {
  Request as FrameworkRequest,
  Response as FrameworkResponse,
} from '@google-cloud/functions-framework';
import type { Handler } from './router.ts';
import { unlessSwitching } from './upgrade.ts';
import { writeAnswer } from './write-answer.ts';

/** Answers a request that functions-framework has read already, by a web-standard handler. */
export async function respond(
  handler: Handler,
  message: FrameworkRequest,
  reply: FrameworkResponse,
): Promise<void> {
  const headers = new Headers();
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    headers.append(message.rawHeaders[i]!, message.rawHeaders[i + 1]!);
  }
  const bodyless = message.method === 'GET' || message.method === 'HEAD';
  const request = new Request(new URL(message.originalUrl, `http://${message.headers.host ?? 'localhost'}`), {
    method: message.method,
    headers,
    // The framework parses bodies before us and keeps the bytes.
    ...(!bodyless && message.rawBody && { body: new Uint8Array(message.rawBody) }),
  });
  const response = unlessSwitching(await handler(request));
  await writeAnswer(response, message, reply).catch(() => reply.destroy());
}
