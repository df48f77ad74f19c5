/** Rows out of a database, as COPY writes them. */
import { finished } from 'node:stream';
import type { ClientBase } from 'pg';
import { type CopyToStreamQuery, to } from 'pg-copy-streams';

/** Begins a `copy … to stdout`. The driver's own limit of a query ends with it: else it would hold the process for as long. */
export function copyOut(client: ClientBase, sql: string): CopyToStreamQuery {
  const rows: CopyToStreamQuery & { callback?: () => void } = client.query(to(sql));
  finished(rows, () => rows.callback?.());
  return rows;
}
