/** Which summaries are told of what a task writes: those whose source is the table that it writes. */
import type { Summary, Task } from './task.ts';

/** The tasks, each told which summaries among `all` its rows belong to. */
export function wire<P, Q>(tasks: readonly Task<P>[], all: readonly Task<Q>[]): Task<P>[] {
  return tasks.map((task) => task.telling?.(summariesOf(task.writes, all)) ?? task);
}

function summariesOf<P>(written: string | undefined, all: readonly Task<P>[]): Summary[] {
  const summaries = all.flatMap(({ rollsUp }) => rollsUp ?? []);
  return summaries.filter(({ from }) => written !== undefined && sameTable(written, from));
}

const bare = (name: string) => name.replace(/^public\./, '');

/** Whether two names are surely of one table. */
export const sameTable = (one: string, other: string): boolean => bare(one) === bare(other);

/** Whether two names may be of one table, but one leaves open in which schema. */
export function looksLike(one: string, other: string): boolean {
  const [a, b] = [bare(one), bare(other)];
  return a !== b && (a.endsWith(`.${b}`) || b.endsWith(`.${a}`));
}
