/** The command was not given as it is taken; the program ends with exit code 2. */
export class UsageError extends Error {}
