/** What is compared: something durable that is asked for work, hands it to one worker, and learns that it is done. */
export type Queue = {
  name: string;
  /** Fills a backlog, takes all of it one by one, and clears it away; milliseconds of the taking. */
  takeBacklog(jobs: number): Promise<number>;
  /** Asks for, takes and finishes so many jobs of no work, one at a time a worker; milliseconds for all. */
  throughAll(jobs: number): Promise<number>;
  /** The same for one job after the other while nothing else happens; milliseconds of each. */
  oneByOne(jobs: number): Promise<number[]>;
  close(): Promise<void>;
};

/** Workers of each, and connections of each. */
export const WORKERS = 8;

/** Does the items one after another on each of so many workers; milliseconds for all. */
export async function workThrough<T>(
  items: Iterable<T>,
  work: (item: T, worker: number) => Promise<unknown>,
  workers = WORKERS,
): Promise<number> {
  const waiting = items[Symbol.iterator]();
  const began = performance.now();
  const loop = async (worker: number) => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await work(next.value, worker);
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => loop(worker)));
  return performance.now() - began;
}

export const times = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Milliseconds of each of so many, one after the other. */
export async function each(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await work();
    taken.push(performance.now() - began);
  }
  return taken;
}
