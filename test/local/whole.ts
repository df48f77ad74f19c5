/** A whole `make run` for a test file, with a demo small enough for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadDemo } from '../../local/demo/load.ts';
import { SCALES } from '../../local/demo/planted.ts';
import { type Program, type Ready, startWhole } from '../chaos/whole-program.ts';
import { PLACE } from '../setup/test-server.ts';

export type Whole = Ready & { home: string; program: Program };

type Environment = Record<string, string>;

/** A data folder of its own, and the starts on it; `end` kills what is left and removes the folder. */
export function wholeHome() {
  const home = mkdtempSync(join(PLACE, 'kubescribe-run-'));
  const programs: Program[] = [];
  const launch = (args: string[] = [], env: Environment = {}) => {
    const program = startWhole(home, args, env);
    programs.push(program);
    return program;
  };
  return {
    home,
    launch,
    /** Starts, and waits until it takes requests. */
    async start(args: string[] = [], env: Environment = {}): Promise<Whole> {
      const program = launch(args, env);
      const ready = await program.ready;
      if (!ready) throw new Error(`It ended with ${await program.ended}: ${program.complaints()}`);
      return { ...ready, home, program };
    },
    async end() {
      for (const program of programs) await program.kill(true);
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Starts on a feed of some thousand rows: what is there already is not loaded again. */
export async function startDemo(
  { start }: Pick<ReturnType<typeof wholeHome>, 'start'>,
  env: Environment = {},
): Promise<Whole> {
  const empty = await start(['--no-demo']);
  await loadDemo(empty.databases.prod, { scale: SCALES.tests });
  await empty.program.stop();
  return start([], env);
}
