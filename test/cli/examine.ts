import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { expect, onTestFinished } from 'vitest';
import * as z from 'zod';
import { folder, kubescribe } from './command.ts';

const Report = z.object({
  ok: z.boolean(),
  findings: z.array(z.object({ level: z.string(), what: z.string(), mend: z.string().optional() })),
});

/** What the doctor finds, but for the packages of this very tree; the pipeline that it is shown has no schedule, unless a test says otherwise. */
export async function doctor(env: Record<string, string>) {
  const quiet = { KUBESCRIBE_PIPELINES: folder({ 'a.ts': pipelineFile('a') }) };
  const { code, stdout } = await kubescribe(['doctor', '-o', 'json'], { env: { ...quiet, ...env } });
  const { ok, findings: all } = Report.parse(JSON.parse(stdout));
  const findings = all.filter(({ what }) => !what.startsWith('Packages'));
  expect(ok).toBe(code === 0);
  const failing = findings.filter(({ level }) => level === 'fail');
  return { code, findings, failing };
}

/** A URL with something changed. */
export const changed = (url: string, change: (url: URL) => void) => {
  const other = new URL(url);
  change(other);
  return other.href;
};

const DEFINE = join(import.meta.dirname, '../../lib/pipeline/define.ts');

/** A pipeline file, with or without a schedule. */
export const pipelineFile = (name: string, cron?: string) => `
import { pipeline } from ${JSON.stringify(DEFINE)};
export default pipeline(${JSON.stringify(name)}, {
  ${cron ? `schedule: ${JSON.stringify(cron)}, timezone: 'UTC',` : ''} params: { safeParse: () => ({ success: true, data: {} }) },
  tasks: [{ name: 'only', movesRows: false, run: async function* () {} }],
});`;

/** A mail server that knows nobody; returns its URL. */
export async function mailServer(): Promise<string> {
  const smtp = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    logger: false,
    onAuth: (_auth, _session, done) => done(new Error('unknown')),
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => smtp.close(() => resolve())));
  const address = smtp.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `smtp://127.0.0.1:${address.port}`;
}
