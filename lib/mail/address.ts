export type Address = { name: string; address: string };

const ADDRESS = /^[^\s<>()[\],:;@\\"\p{Cc}]+@[^\s<>()[\],:;@\\"\p{Cc}]+$/u;

/** Reads `Name <a@b>` or `a@b`; undefined when that is no address. */
export function parseAddress(text: string): Address | undefined {
  const named = /^(?<name>[^<>\p{Cc}]*)<(?<address>[^<>]*)>$/u.exec(text.trim())?.groups;
  const address = (named?.address ?? text).trim();
  if (!ADDRESS.test(address)) return undefined;
  return { name: (named?.name ?? '').trim().replaceAll('"', ''), address };
}

/** The domain that our Message-IDs carry: the sender's. */
export function domainOf(sender: string): string {
  return parseAddress(sender)?.address.split('@')[1] ?? 'localhost';
}
