import type { ConfigError } from '../config.ts';
import { openRunLog } from '../db/connect.ts';
import { redact } from './redact.ts';
import { tellNow } from './tell-now.ts';
import { openLogWriter } from './writer.ts';

const SECOND = 1000;
/** A program that cannot start is not kept up by a database that cannot be reached. */
const PATIENCE = 3 * SECOND;
/** A platform starts it again and again: the same fault is told once in so many seconds. */
const EVERY = 600;

/** Tells in the log of the system why a program does not start, where its settings still say which RunLog that is. */
export async function tellInvalid({ message, settings, runlogUrl }: ConfigError): Promise<void> {
  if (!runlogUrl) return;
  const error = redact(message);
  const db = openRunLog(runlogUrl, { name: 'kubescribe start', max: 1 });
  const logs = openLogWriter(db, { service: 'start', onTrouble: () => {} });
  const telling = tellNow(db, 'invalid settings', { error }, EVERY).then(async ({ tell }) => {
    if (tell)
      logs.logSystem('error', 'Configuration validation failed', {
        error,
        config_file: 'environment',
        settings: [...settings],
      });
    await logs.close();
    await db.destroy();
  });
  const late = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE).unref());
  // Whoever reads stderr knows already.
  await Promise.race([telling, late]).catch(() => {});
}
