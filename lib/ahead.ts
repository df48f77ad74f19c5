/** Has the next one made while one is worked on. */
export async function* ahead<T>(all: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  let next = all.next();
  try {
    for (let one = await next; !one.done; one = await next) {
      next = all.next();
      // Whoever stops early does not hear of it.
      next.catch(() => {});
      yield one.value;
    }
  } finally {
    await all.return().catch(() => {});
  }
}
