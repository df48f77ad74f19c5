const MINUTE = 60_000;

/** Tells of a trouble that comes again and again once a minute at most. */
export function onceAMinute(tell: (error: unknown) => void): (error: unknown) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - last < MINUTE) return;
    last = performance.now();
    tell(error);
  };
}
