/** A kubectl on PATH that answers from a script and keeps what it was asked. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { folder, kubescribe } from '../command.ts';

/** Words of a call, and what it answers: one after another, the last for ever. */
type Answer = string | { fails: string };
export type Script = Record<string, Answer | readonly Answer[]>;
type Call = { args: string; input: string };

/** In sh, because a test asks it dozens of times: a folder for each answer, and one for each call, by its time. */
const PROGRAM = `#!/bin/sh
here=\${0%/*}
args="$*"
call=$here/calls/$(date +%s%N).$$
mkdir "$call"
printf %s "$args" > "$call/args"
case "$args" in *"-f -"*) cat > "$call/input" ;; *) : > "$call/input" ;; esac
for known in "$here"/known/*; do
  IFS= read -r words < "$known/words"
  case "$args" in "$words"*) ;; *) continue ;; esac
  nth=$(ls "$known/asked" | wc -l)
  : > "$known/asked/$$"
  while [ ! -e "$known/answer.$nth" ] && [ ! -e "$known/fails.$nth" ]; do nth=$((nth - 1)); done
  if [ -e "$known/fails.$nth" ]; then cat "$known/fails.$nth" >&2; exit 1; fi
  exec cat "$known/answer.$nth"
done
echo "error: the test has no answer to: $args" >&2
exit 1
`;

/** Runs the command line with that kubectl before all others. */
export async function withKubectl(args: string[], script: Script) {
  const place = folder({ kubectl: PROGRAM });
  chmodSync(join(place, 'kubectl'), 0o755);
  mkdirSync(join(place, 'calls'));
  for (const [i, [words, given]] of Object.entries(script).entries()) {
    const known = join(place, 'known', String(i).padStart(3, '0'));
    mkdirSync(join(known, 'asked'), { recursive: true });
    writeFileSync(join(known, 'words'), `${words}\n`);
    for (const [nth, answer] of [given].flat().entries())
      if (typeof answer === 'string') writeFileSync(join(known, `answer.${nth}`), answer);
      else writeFileSync(join(known, `fails.${nth}`), `${answer.fails}\n`);
  }
  const env = { PATH: `${place}${delimiter}${process.env.PATH ?? ''}` };
  const ended = await kubescribe(args, { env });
  const read = (call: string, of: string) => readFileSync(join(place, 'calls', call, of), 'utf8');
  const calls = readdirSync(join(place, 'calls'))
    .sort()
    .map((call): Call => ({ args: read(call, 'args'), input: read(call, 'input') }));
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
