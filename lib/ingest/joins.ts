/**
 * How rows of a part are joined: tables that are filled and gone within a second have no statistics, and whatever is
 * estimated of them is wrong.
 */

/** With the target: by its key, row for row; any other join reads the whole target for each part. */
export const BY_INDEX =
  'set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_nestloop = on';

/** Among themselves; a target is then looked up by LATERAL and OFFSET 0, which can be nothing but row for row. */
export const BY_HASH =
  'set local enable_hashjoin = on; set local enable_mergejoin = off; set local enable_nestloop = off';

/** What sorts and hashes of a batch may take; to compile its statements takes longer than to do them. */
export const memory = (scope: '' | 'local') => `set ${scope} work_mem = '64MB'; set ${scope} jit = off`;
