import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type Run, succeeding } from './commands.ts';
import type { Ways } from './forward.ts';
import type { Kubectl } from './kubectl.ts';

const SECOND = 1000;
/** A cold start on a busy machine takes its time. */
const PATIENCE = 90;
const CALLER = 'e2e@kubescribe.example';
const END = /^(SUCCESS|ERROR|CANCELLED|TIMEOUT)$/;

/** The doors in front of Services of whoever brings one: where a Host header leads to the Service. */
const GATEWAYS = [
  ['kourier-system', 'kourier-internal'],
  ['istio-system', 'knative-local-gateway'],
  ['contour-internal', 'envoy'],
] as const;

const ShownRun = z.looseObject({
  run_id: z.string(),
  status: z.string().nullable(),
  component: z.string().nullish(),
  trigger: z.string().nullish(),
  error_code: z.string().nullish(),
  error_message: z.string().nullish(),
  slices: z
    .array(
      z.looseObject({ checkpoint: z.int(), revision: z.string().nullish(), instance: z.string().nullish() }),
    )
    .default([]),
  work: z.looseObject({ checkpoint: z.int(), deaths: z.int() }).nullish(),
});
export type Shown = z.infer<typeof ShownRun>;

type Answer = { status: number; body: unknown; seconds: number };
type Event = { id?: string; type: string; data: unknown };

/** What people and events do from outside, by curl. */
export type Door = {
  /** One request to a Service, through the gateway. */
  ask(service: string, path: string, wish?: { method?: string; body?: unknown }): Promise<Answer>;
  /** Asks for a run; resolves to its id. */
  trigger(pipeline: string, params?: object): Promise<string>;
  run(id: string): Promise<Shown>;
  isOver(run: Shown): boolean;
  /** Posts an event to the Broker; resolves to the answer's status. */
  publish(event: Event): Promise<number>;
};

/** Finds the gateway and the Broker, and the ways to them. */
export async function openDoor(run: Run, kubectl: Kubectl, ways: Ways, gateway: string): Promise<Door> {
  const { namespace } = kubectl;
  const front = gateway || (await findGateway(ways));
  const broker = await ways.to('knative-eventing', 'broker-ingress');

  async function curl(args: string[]): Promise<Answer> {
    const words = [
      '--silent',
      '--show-error',
      '--max-time',
      String(PATIENCE),
      '--write-out',
      '\n%{http_code} %{time_total}',
    ];
    const said = await succeeding(run, 'curl', [...words, ...args], { patience: (PATIENCE + 10) * SECOND });
    const end = said.lastIndexOf('\n');
    const [status = 0, seconds = 0] = said
      .slice(end + 1)
      .split(' ')
      .map(Number);
    return { status, body: jsonOf(said.slice(0, end)), seconds };
  }

  const door: Door = {
    ask: (service, path, { method = 'GET', body } = {}) =>
      curl([
        ...['--request', method, '--header', `Host: ${service}.${namespace}.svc.cluster.local`],
        ...['--header', `X-Forwarded-User: ${CALLER}`],
        ...(body === undefined
          ? []
          : ['--header', 'Content-Type: application/json', '--data', JSON.stringify(body)]),
        `${front}${path}`,
      ]),
    async trigger(pipeline, params = {}) {
      const { status, body } = await door.ask('trigger', '/runs/trigger', {
        method: 'POST',
        body: { pipeline, params },
      });
      if (status !== 202) throw new Error(`trigger answered ${status}: ${JSON.stringify(body)}`);
      return ShownRun.parse(body).run_id;
    },
    async run(id) {
      const { status, body } = await door.ask('get-run', `/runs/${id}`);
      if (status !== 200) throw new Error(`get-run answered ${status}: ${JSON.stringify(body)}`);
      return ShownRun.parse(body);
    },
    isOver: ({ status }) => status !== null && END.test(status),
    async publish({ id = randomUUID(), type, data }) {
      const attributes = { specversion: '1.0', id, type, source: '/kubescribe/e2e' };
      const headers = Object.entries(attributes).flatMap(([name, value]) => [
        '--header',
        `Ce-${name}: ${value}`,
      ]);
      const body = ['--header', 'Content-Type: application/json', '--data', JSON.stringify(data)];
      return (await curl([...headers, ...body, `${broker}/${namespace}/default`])).status;
    },
  };
  return door;
}

async function findGateway(ways: Ways): Promise<string> {
  for (const [namespace, service] of GATEWAYS) {
    const found = await ways.to(namespace, service).catch(() => undefined);
    if (found) return found;
  }
  const known = GATEWAYS.map((one) => one.join('/')).join(', ');
  throw new Error(`no gateway of Knative was found (${known}): name its address by E2E_GATEWAY`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
