/** Names and texts as they stand in SQL that is put together. */

/** A quoted name. */
export const ident = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** The quoted name of a table; a dot separates schema and name. */
export const table = (name: string) => name.split('.').map(ident).join('.');

/** A quoted literal. */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
