/** Whether an `Accept` would rather have CSV than JSON. */
export function prefersCsv(accept: string | null): boolean {
  const csv = weight(accept, ['text/csv', 'text/*']);
  return csv > 0 && csv > weight(accept, ['application/json', 'application/*', '*/*']);
}

/** The weight of the first of some media ranges that is named. */
function weight(accept: string | null, ranges: readonly string[]): number {
  const given = (accept ?? '').split(',').map((range) => range.split(';').map((part) => part.trim()));
  for (const wanted of ranges) {
    const found = given.find(([range]) => range?.toLowerCase() === wanted);
    if (found) return Number(found.find((part) => part.startsWith('q='))?.slice(2) ?? 1) || 0;
  }
  return 0;
}
