import pg from 'pg';
import { MigrationError, type MigrationFile } from './migration-files.ts';
import { lineAt, splitStatements } from './migration-statements.ts';

/** Runs a file's statements in order; a failure names file, line and PostgreSQL's sentence. */
export async function runFile(client: pg.ClientBase, { path, sql }: MigrationFile): Promise<void> {
  for (const { text, line } of splitStatements(sql)) {
    await client.query(text).catch((cause) => {
      throw new MigrationError(`${path}:${line + lineWithin(text, cause)}: ${sentence(cause)}`, { cause });
    });
  }
}

/** PostgreSQL gives a position for what it cannot parse or find, none for what goes wrong later. */
function lineWithin(statement: string, cause: unknown): number {
  const position = cause instanceof pg.DatabaseError ? Number(cause.position ?? 1) : 1;
  const before = [...statement].slice(0, position - 1).join('');
  return lineAt(before, before.length) - 1;
}

/** The message without detail, hint and quoted values, which can hold a row. */
function sentence(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof pg.DatabaseError ? ` (${cause.code})` : '';
  return message.replace(/(: |value )"[^"]*"/g, '$1"…"') + code;
}
