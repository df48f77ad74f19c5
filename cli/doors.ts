/** The doors of a KubeScribe server, with the types of the contract; what is no good answer is thrown. */
import type { Command } from 'commander';
import createClient, { type Client } from 'openapi-fetch';
import { send } from '../lib/boundary.ts';
import { loadConfig } from '../lib/config.ts';
import { redact } from '../lib/logs/redact.ts';
import type { Paths } from './paths.ts';
import { serverPlace } from './place.ts';
import type { Shared } from './print.ts';
import { refused } from './refused.ts';
import { unreachable } from './unreachable.ts';

const SECOND = 1000;
/** A function may have to start first. */
const PATIENCE = 30 * SECOND;

export type Doors = Client<Paths>;

/** Who asks by this program is a person: the run's trigger becomes `manual`. */
const OURS = { accept: 'application/json', 'x-kubescribe-client': 'cli' };

/** Those of the server that a command talks to. */
export const doorsOf = (command: Command): Doors =>
  openDoors(serverPlace(command.optsWithGlobals<Shared>().url, loadConfig()).url);

/** Those of a server at an address. */
export const openDoors = (url: string): Doors =>
  createClient<Paths>({ baseUrl: url, headers: OURS, fetch: (request) => ask(url, request) });

async function ask(url: string, request: Request): Promise<Response> {
  const { response, text } = await exchange(url, request);
  const body = parse(text);
  if (!response.ok) throw refused(url, response, body);
  if (body === undefined) throw new Error(`${redact(url)} did not answer in JSON: is it KubeScribe?`);
  return response;
}

async function exchange(url: string, { url: to, method, headers, body }: Request) {
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const response = await send('cli', to, { method, headers, body, duplex: 'half', signal });
    // It is read twice: here, where a broken answer is told, and by the client.
    return { response, text: await response.clone().text() };
  } catch (error) {
    throw unreachable(url, PATIENCE, error);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
