/** Caught mails: a file each in a folder, so that they survive a restart; the newest few hundred are kept. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime, { type Address } from 'postal-mime';

/** Mails that are kept; the oldest go first. */
const KEPT_MAILS = 500;

export type CaughtMail = {
  id: string;
  subject: string;
  from: string;
  to: string[];
  /** When it was sent by its own word, else when it came. */
  date: string;
  receivedAt: string;
  messageId: string | null;
  inReplyTo: string | null;
  references: string[];
  text: string;
  html: string | null;
  headers: { name: string; value: string }[];
  attachments: string[];
};

export type MailStore = {
  /** Newest first. */
  list(): CaughtMail[];
  get(id: string): CaughtMail | undefined;
  /** Keeps a mail; resolved when it is on disk. */
  add(raw: Uint8Array): Promise<CaughtMail>;
};

const ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-\d{4,}$/;

/** Opens the folder and reads what an earlier start has caught. */
export async function openMailStore(folder: string, kept = KEPT_MAILS): Promise<MailStore> {
  await mkdir(folder, { recursive: true });
  const fileOf = (id: string) => join(folder, `${id}.eml`);
  const ids = (await readdir(folder))
    .filter((name) => name.endsWith('.eml') && ID.test(name.slice(0, -'.eml'.length)))
    .map((name) => name.slice(0, -'.eml'.length))
    .sort();
  for (const id of ids.slice(0, -kept)) await rm(fileOf(id), { force: true });
  const mails: CaughtMail[] = [];
  for (const id of ids.slice(-kept)) mails.push(await parse(id, await readFile(fileOf(id))));
  let newest = ids.at(-1) ?? '';

  return {
    list: () => mails.toReversed(),
    get: (id) => mails.find((mail) => mail.id === id),
    async add(raw) {
      const id = nextId();
      const mail = await parse(id, raw);
      // Written beside and renamed: a killed process leaves no half of a mail.
      await writeFile(`${fileOf(id)}.part`, raw);
      await rename(`${fileOf(id)}.part`, fileOf(id));
      mails.push(mail);
      mails.sort((a, b) => (a.id < b.id ? -1 : 1));
      for (const old of mails.splice(0, Math.max(0, mails.length - kept))) {
        await rm(fileOf(old.id), { force: true });
      }
      return mail;
    },
  };

  /** Ids sort by time and never repeat, also when the machine's clock was set back. */
  function nextId(): string {
    const now = new Date().toISOString().replaceAll(/[-:.]/g, '');
    const [stamp = '', number = '0'] = newest.split('-');
    newest = now > stamp ? `${now}-0001` : `${stamp}-${String(Number(number) + 1).padStart(4, '0')}`;
    return newest;
  }
}

async function parse(id: string, raw: Uint8Array): Promise<CaughtMail> {
  const receivedAt = id.replace(ID, '$1-$2-$3T$4:$5:$6.$7Z');
  const mail = await PostalMime.parse(raw).catch(() => undefined);
  const date = new Date(mail?.date ?? receivedAt);
  return {
    id,
    subject: mail?.subject?.trim() || '(no subject)',
    from: mail?.from ? addressText(mail.from) : '(unknown)',
    to: (mail?.to ?? []).map(addressText),
    date: Number.isNaN(date.getTime()) ? receivedAt : date.toISOString(),
    receivedAt,
    messageId: mail?.messageId ?? null,
    inReplyTo: mail?.inReplyTo ?? null,
    references: mail?.references?.match(/<[^<>]+>/g) ?? [],
    text: mail ? (mail.text ?? '') : Buffer.from(raw).toString('utf8'),
    html: mail?.html ?? null,
    headers: (mail?.headers ?? []).map(({ originalKey, value }) => ({ name: originalKey, value })),
    attachments: (mail?.attachments ?? []).map(({ filename, mimeType }) => filename ?? mimeType),
  };
}

function addressText({ name, address, group }: Address): string {
  if (group) return `${name}: ${group.map(addressText).join(', ')}`;
  return name ? `${name} <${address}>` : address;
}
