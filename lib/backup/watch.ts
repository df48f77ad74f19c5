import type { Service } from '../http/service.ts';
import { isOverdue, newestBackup } from './newest.ts';

/** Says in the log, once a day, that backups were made and none that is known to be good is young enough. */
export async function watchBackups({ runlog, log }: Service): Promise<void> {
  const newest = await newestBackup(runlog);
  if (!isOverdue(newest)) return;
  const { verified, failed, within_h } = newest;
  log.warn({ verified, failed, within_h }, 'no verified backup of RunLog is young enough');
}
