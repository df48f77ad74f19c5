import { type Asking, type Promised, told } from './told.ts';

/** The largest page that a server gives. */
const PAGE = 200;

/** Pages through a list until there are `limit` rows; `more` tells whether the server has others. */
export async function listed<T>(
  promised: Promised<NoInfer<T>[]>,
  limit: number,
  ask: (page: { limit: string; cursor?: string }) => Asking<T[]>,
): Promise<{ rows: T[]; more: boolean }> {
  const rows: T[] = [];
  const page = { limit: String(Math.min(limit, PAGE)) };
  let asking = ask(page);
  for (;;) {
    rows.push(...(await told(promised, asking)));
    const { response } = await asking;
    const next = /<([^>]*)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
    // Only the cursor is taken from outside: requests stay at the server and the list that were named.
    const cursor = next && new URL(next, 'http://any').searchParams.get('cursor');
    if (!cursor || rows.length >= limit) {
      return { rows: rows.slice(0, limit), more: Boolean(next) || rows.length > limit };
    }
    asking = ask({ ...page, cursor });
  }
}
