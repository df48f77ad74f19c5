/** For a test of what has to be in time: what else a machine does only adds to it, and one of three tries is free of that. */
export const IN_TIME = { retry: 2 };
