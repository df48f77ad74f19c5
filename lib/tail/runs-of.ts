/** The runs that anybody listens to; undefined when somebody listens to more. */
export function runsOf(listeners: Iterable<{ run: string | undefined }>): string[] | undefined {
  const runs = new Set<string>();
  for (const { run } of listeners) {
    if (run === undefined) return undefined;
    runs.add(run);
  }
  return [...runs];
}
