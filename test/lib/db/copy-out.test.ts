import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { test } from '../../setup/fixtures.ts';

const HOURS = 3_600_000;

/** Copies in a process of its own, in a session whose statements may take hours; returns what it printed when it ended. */
async function copying(url: string, sql: string, read: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--input-type=module-typescript',
      '-e',
      `import { connect } from './lib/db/connect.ts';
     import { copyOut } from './lib/db/copy-out.ts';
     const client = await connect('${url}', { name: 'test', statementTimeout: ${HOURS} });
     const rows = copyOut(client, '${sql}');
     ${read}
     await client.end();`,
    ],
    { signal },
  );
  return stdout;
}

test.for([
  [
    'was read whole',
    'select g from generate_series(1, 3) g',
    'for await (const bytes of rows) process.stdout.write(bytes);',
    '1\n2\n3\n',
  ],
  [
    'was broken off',
    'select g from generate_series(1, 1000000) g',
    'for await (const bytes of rows) { process.stdout.write(bytes.subarray(0, 2)); break; }',
    '1\n',
  ],
  [
    'was refused',
    'select 1 / 0',
    'try { for await (const bytes of rows); } catch (error) { process.stdout.write(error.message); }',
    'division by zero',
  ],
] as const)(
  'a process ends as soon as its session, though a copy %s',
  async ([, select, read, printed], { runlog, signal }) => {
    expect(await copying(runlog, `copy (${select}) to stdout`, read, signal)).toBe(printed);
  },
);
