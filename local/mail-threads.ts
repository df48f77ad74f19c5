import type { CaughtMail } from './mail-store.ts';

/** What a mail program would put together: mails that name the same first ancestor, which nobody needs to have. */
const rootOf = ({ references, inReplyTo, messageId, id }: CaughtMail): string =>
  references[0] ?? inReplyTo ?? messageId ?? id;

/** Threads, the one with the newest mail first; within a thread the oldest mail first. */
export function threadsOf(newestFirst: readonly CaughtMail[]): CaughtMail[][] {
  const threads = new Map<string, CaughtMail[]>();
  for (const mail of newestFirst) {
    const root = rootOf(mail);
    threads.set(root, [mail, ...(threads.get(root) ?? [])]);
  }
  return [...threads.values()];
}
