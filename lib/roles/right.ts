/** One right of one role, as it is granted: `grant VERB on ON to GRANTEE`. */
export type Right = { grantee: string; verb: string; on: string };

/** What is to be done, and why, in words that a person reads. */
export type Change = { drift: string; sql: string };

/** Everybody: not a role, but a word of SQL. */
export const EVERYBODY = 'public';
