/** The version that a caller saw before it asked for a change, from `If-Match`; undefined: whichever it is. */
export function seenVersion(request: Request): string | undefined {
  const tag = request.headers.get('if-match')?.trim();
  // A proxy that packs answers makes their tags weak; the versions are ours all the same.
  return tag === undefined || tag === '*' ? undefined : tag.replace(/^(?:W\/)?"(.*)"$/, '$1');
}
