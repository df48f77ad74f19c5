const SECOND = 1000;

/** What doctor asks may take so long: a machine that has much to do is none that does not answer. */
export const PATIENCE = 15 * SECOND;
