type Write = (facts: object, message: string) => void;

/** Where the local platform tells what it does; a pino logger fits. */
export type Log = { info: Write; warn: Write; error: Write };
