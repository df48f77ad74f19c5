/** A kubectl on PATH that answers from a script and keeps what it was asked. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { folder, kubescribe } from '../command.ts';

/** Words of a call, and what it answers: one after another, the last for ever. */
export type Script = Record<string, string | { fails: string } | readonly string[]>;
type Call = { args: string; input: string };

const PROGRAM = `#!/usr/bin/env node
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const here = __dirname;
const args = process.argv.slice(2).join(' ');
const input = args.includes('-f -') ? readFileSync(0, 'utf8') : '';
const calls = here + '/calls.jsonl';
const before = existsSync(calls) ? readFileSync(calls, 'utf8').split('\\n').filter(Boolean).map(JSON.parse) : [];
appendFileSync(calls, JSON.stringify({ args, input }) + '\\n');
const script = JSON.parse(readFileSync(here + '/script.json', 'utf8'));
const known = Object.keys(script).find((words) => args.startsWith(words));
if (known === undefined) { process.stderr.write('error: the test has no answer to: ' + args + '\\n'); process.exit(1); }
const given = script[known];
if (given.fails !== undefined) { process.stderr.write(given.fails + '\\n'); process.exit(1); }
const answers = Array.isArray(given) ? given : [given];
const asked = before.filter((call) => call.args.startsWith(known)).length;
process.stdout.write(answers[Math.min(asked, answers.length - 1)]);
`;

/** Runs the command line with that kubectl before all others. */
export async function withKubectl(args: string[], script: Script) {
  const place = folder({ kubectl: PROGRAM, 'script.json': JSON.stringify(script) });
  chmodSync(join(place, 'kubectl'), 0o755);
  writeFileSync(join(place, 'calls.jsonl'), '');
  const env = { PATH: `${place}${delimiter}${process.env.PATH ?? ''}` };
  const ended = await kubescribe(args, { env });
  const calls: Call[] = readFileSync(join(place, 'calls.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return { ...ended, calls };
}

export const list = (...items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** A custom resource definition, as far as it is looked at. */
export const crd = (name: string, version = 'v1') => ({
  metadata: { name },
  spec: { versions: [{ name: version, served: true }] },
});

/** A resource with its conditions: `{ Ready: 'True' }` or `{ Ready: ['False', 'Reason', 'message'] }`. */
export const having = (
  apiVersion: string,
  kind: string,
  name: string,
  conditions: Record<string, string | readonly [string, string, string]>,
  more: { metadata?: object; spec?: object; status?: object } = {},
) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'kubescribe', generation: 1, ...more.metadata },
  spec: more.spec,
  status: {
    observedGeneration: 1,
    conditions: Object.entries(conditions).map(([type, is]) => {
      const [status, reason, message] = typeof is === 'string' ? [is, '', ''] : is;
      return { type, status, reason, message };
    }),
    ...more.status,
  },
});
