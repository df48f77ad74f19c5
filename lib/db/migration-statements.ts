/** One statement of an SQL file, without its semicolon, and the line where it begins. */
export type Statement = { text: string; line: number; ended: boolean };

// Nested block comments are not followed: PostgreSQL then reports a syntax error, nothing wrong is run.
const TOKEN =
  /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?<tag>(?:[a-z_]\w*)?)\$[\s\S]*?\$\k<tag>\$|(?<word>[a-z_][\w$]*)|\d+|(?<end>;)|[\s\S]/giy;
const ROUTINE = /^create\s+(or\s+replace\s+)?(function|procedure)\b/i;

/** Splits SQL at its semicolons: quotes, dollar quotes, comments and `begin atomic` bodies stay whole. */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = [];
  let start = -1;
  let depth = 0;
  for (const token of sql.matchAll(TOKEN)) {
    const { space, word, end } = token.groups ?? {};
    if (space !== undefined) continue;
    if (end !== undefined && depth === 0) {
      if (start >= 0)
        statements.push({ text: sql.slice(start, token.index), line: lineAt(sql, start), ended: true });
      start = -1;
      continue;
    }
    if (start < 0) start = token.index;
    if (word && ROUTINE.test(sql.slice(start, start + 60))) depth += atomicDepth(word, depth);
  }
  if (start >= 0)
    statements.push({ text: sql.slice(start).trimEnd(), line: lineAt(sql, start), ended: false });
  return statements;
}

/** The line (from 1) of an offset in a text. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function atomicDepth(word: string, depth: number): number {
  const lower = word.toLowerCase();
  if (lower === 'begin' || (lower === 'case' && depth > 0)) return 1;
  return lower === 'end' && depth > 0 ? -1 : 0;
}
