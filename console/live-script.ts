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
    const focused = document.activeElement?.closest('main')?.querySelectorAll('a, summary');
    const at = focused ? [...focused].indexOf(document.activeElement) : -1;
    document.querySelector('main').replaceWith(next.querySelector('main'));
    document.querySelectorAll('details').forEach((details, i) => (details.open = open[i] ?? details.open));
    if (at >= 0) document.querySelectorAll('main a, main summary')[at]?.focus({ preventScroll: true });
    document.title = next.title;
    const stamp = next.querySelector('[data-live] time');
    if (stamp) live.querySelector('time').replaceWith(stamp);
    else ended();
  };
  const ended = () => {
    live.remove();
    clearInterval(timer);
  };
  const timer = setInterval(() => refresh().catch(() => {}), EVERY);
  document.addEventListener('visibilitychange', () => live.isConnected && refresh().catch(() => {}));
}
`;
