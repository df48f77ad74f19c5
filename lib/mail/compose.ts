/** A mail as it leaves, from a notification and its facts. */
import type { Facts } from '../alerts/facts.ts';
import type { Config } from '../config.ts';
import type { Notification } from '../db/tables.ts';
import { type Address, parseAddress } from './address.ts';
import { htmlOf } from './html.ts';
import { oneLine } from './one-line.ts';
import { textOf } from './text.ts';
import { viewOf } from './view.ts';

export type Mail = {
  from: Address;
  to: Address;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  inReplyTo: string;
  references: string;
  headers: Record<string, string>;
};

/** Writes the mail of a notification. Throws where sender or recipient is no address. */
export function compose(
  { recipient, message_id }: Notification,
  facts: Facts,
  { notifyFrom, publicUrl }: Pick<Config, 'notifyFrom' | 'publicUrl'>,
): Mail {
  const { root, title, reply } = facts.entered.thread;
  const subject = `${reply ? 'Re: ' : ''}${oneLine(title, 180)}`;
  const view = viewOf(facts, publicUrl);
  return {
    from: address(notifyFrom),
    to: address(recipient),
    subject,
    text: textOf(view),
    html: htmlOf(subject, view),
    messageId: message_id,
    inReplyTo: root,
    references: root,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      ...(facts.runId && { 'X-KubeScribe-Run': facts.runId }),
    },
  };
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(`"${oneLine(text, 80)}" is no mail address: see NOTIFY_FROM.`);
  return parsed;
}
