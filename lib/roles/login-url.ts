/** The same database, entered by another. */
export function loginUrl(url: string, name: string, password: string): string {
  const there = new URL(url);
  there.username = name;
  there.password = password;
  return there.href;
}
