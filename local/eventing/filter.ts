/** One expression of a Trigger's `filters`; exactly one of its fields is set. */
export type Filter = {
  exact?: Record<string, string> | undefined;
  prefix?: Record<string, string> | undefined;
  suffix?: Record<string, string> | undefined;
  all?: Filter[] | undefined;
  any?: Filter[] | undefined;
  not?: Filter | undefined;
};

/** What a Trigger lets through: `filters` win over `attributes`; neither lets everything through. */
export type TriggerFilter = {
  attributes?: Record<string, string> | undefined;
  filters?: Filter[] | undefined;
};

/** Tells whether a Trigger wants an event with these attributes. */
export function wants(filter: TriggerFilter, event: Record<string, string>): boolean {
  if (filter.filters && filter.filters.length > 0) return filter.filters.every((one) => holds(one, event));
  return Object.entries(filter.attributes ?? {}).every(([name, value]) => {
    const actual = event[name];
    // An empty value asks only that the attribute is there.
    return actual !== undefined && (value === '' || value === actual);
  });
}

function holds(filter: Filter, event: Record<string, string>): boolean {
  if (filter.exact) return compare(filter.exact, event, (actual, wanted) => actual === wanted);
  if (filter.prefix) return compare(filter.prefix, event, (actual, wanted) => actual.startsWith(wanted));
  if (filter.suffix) return compare(filter.suffix, event, (actual, wanted) => actual.endsWith(wanted));
  if (filter.all) return filter.all.every((one) => holds(one, event));
  if (filter.any) return filter.any.some((one) => holds(one, event));
  if (filter.not) return !holds(filter.not, event);
  return true;
}

function compare(
  wanted: Record<string, string>,
  event: Record<string, string>,
  test: (actual: string, wanted: string) => boolean,
): boolean {
  return Object.entries(wanted).every(([name, value]) => {
    const actual = event[name];
    return actual !== undefined && test(actual, value);
  });
}
