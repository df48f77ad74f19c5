/** The log as it is written: `GET /api/v1/logs/stream/{sse|ws|status}`. */
import { getStreamStatus, openLogSocket, streamLogs } from '../lib/contract/log-stream.ts';
import { answerJson } from '../lib/http/answer.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { demandOwnOrigin } from '../lib/http/own-origin.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { upgradeRequired } from '../lib/http/upgrade.ts';
import { answerSocket } from '../lib/tail/socket.ts';
import { answerEvents } from '../lib/tail/sse.ts';
import { streamStatus, streamsOf } from '../lib/tail/streams.ts';

async function events({ query, headers }: Asked<typeof streamLogs>, service: Service): Promise<Response> {
  const { after, until, ...filter } = query;

  return answerEvents(service, { filter, after: headers['last-event-id'] ?? after, until });
}

async function socket({ request, query }: Asked<typeof openLogSocket>, service: Service): Promise<Response> {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return upgradeRequired();
  demandOwnOrigin(request, service.config);
  const { after, until, ...filter } = query;

  return answerSocket(service, { filter, after, until });
}

async function status(_: Asked<typeof getStreamStatus>, service: Service): Promise<Response> {
  const { instance = null } = service.config;

  return answerJson({ process: instance, ...streamStatus(streamsOf(service)) });
}

export default {
  routes: [door(streamLogs, events), door(openLogSocket, socket), door(getStreamStatus, status)],
} satisfies FunctionModule;
