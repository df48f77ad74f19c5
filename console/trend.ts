/** Counts over time as bars, the highest for the most; in words beside them. */

import { count } from '../lib/numbers.ts';
import { type Html, html } from './html.ts';

const HEIGHT = 40;
const PITCH = 8;

export type Bucket = { at: Date; count: number };

/** The bars, with what they show as text for who cannot see them. */
export function trendBars(buckets: readonly Bucket[], tone: 'warn' | 'idle'): Html {
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const bars = buckets.map((bucket, i) => {
    const height = bucket.count === 0 ? 1 : Math.max(3, Math.round((bucket.count / most) * (HEIGHT - 2)));
    const face = bucket.count === 0 ? 'none' : tone;
    return html`<rect class="${face}" x="${i * PITCH + 1}" y="${HEIGHT - height}" width="${PITCH - 2}" height="${height}"><title>${caption(bucket)}</title></rect>`;
  });
  const width = Math.max(1, buckets.length) * PITCH;
  return html`<svg class="strip ${tone}" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${summary(buckets)}">${bars}</svg>`;
}

const caption = ({ at, count: rows }: Bucket) =>
  `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC: ${count(rows)}`;

function summary(buckets: readonly Bucket[]): string {
  const highest = buckets.reduce<Bucket | undefined>(
    (best, bucket) => (bucket.count > (best?.count ?? 0) ? bucket : best),
    undefined,
  );
  return highest ? `The most at ${caption(highest)}` : 'None';
}
