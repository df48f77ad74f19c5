const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
const STEP = 1000;

/** A number of bytes as people read it: `1.2 GB`. */
export function byteText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, Math.abs(bytes))) / 3));
  const value = bytes / STEP ** power;
  return `${power === 0 || Math.abs(value) >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

/** What `1.2 GB`, `50gb` or a bare number of bytes say; undefined: nothing of the kind. */
export function readBytes(text: string): number | undefined {
  const [, number, unit = 'B'] = /^(\d+(?:\.\d+)?)\s*([kmgtp]?b)?$/i.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  return Math.round(
    Number(number) * STEP ** UNITS.findIndex((one) => one.toLowerCase() === unit.toLowerCase()),
  );
}
