/**
 * What keeps an open page fresh. Without it the page is whole, only older. It asks nothing while the tab is hidden (an
 * open tab shall not keep a pod alive), while text is selected, or when the reader paused it.
 */
export const liveScript = `
const EVERY = 10_000;
const live = document.querySelector('[data-live]');
if (live) {
  const pause = live.querySelector('button');
  let paused = false;
  pause.hidden = false;
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.textContent = paused ? 'Update again' : 'Stop updating';
  });
  const busy = () => paused || document.hidden || String(getSelection()) !== '';
  const refresh = async () => {
    if (busy()) return;
    const response = await fetch(location.href, { headers: { accept: 'text/html' } });
    const next = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (busy() || !next.querySelector('main')) return;
    const open = [...document.querySelectorAll('details')].map((details) => details.open);
    const places = () => [...document.querySelectorAll(':is(main a, main summary):not([data-keep] *)')];
    const at = places().indexOf(document.activeElement);
    replace(document.querySelector('main'), next.querySelector('main'));
    document.querySelectorAll('details').forEach((details, i) => (details.open = open[i] ?? details.open));
    if (at >= 0) places()[at]?.focus({ preventScroll: true });
    document.title = next.title;
    const stamp = next.querySelector('[data-live] time');
    if (stamp) live.querySelector('time').replaceWith(stamp);
    else ended();
  };
  // A part that keeps itself fresh stays where it is, with its focus and its place.
  const replace = (main, next) => {
    const kept = main.querySelector(':scope > [data-keep]');
    const place = next.querySelector(':scope > [data-keep]');
    if (!kept || !place) return main.replaceWith(next);
    const rest = [...next.childNodes];
    for (const node of [...main.childNodes]) if (node !== kept) node.remove();
    kept.before(...rest.slice(0, rest.indexOf(place)));
    kept.after(...rest.slice(rest.indexOf(place) + 1));
  };
  const ended = () => {
    live.remove();
    clearInterval(timer);
  };
  const timer = setInterval(() => refresh().catch(() => {}), EVERY);
  document.addEventListener('visibilitychange', () => live.isConnected && refresh().catch(() => {}));
}
`;
