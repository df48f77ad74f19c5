import type { Config } from '../config.ts';
import { HttpProblem } from './problem.ts';

/**
 * Refuses what a page of another site asks for: browsers let any page open a WebSocket, and send cookies along. Programs
 * name no origin.
 */
export function demandOwnOrigin(request: Request, { publicUrl }: Pick<Config, 'publicUrl'>): void {
  const origin = request.headers.get('origin');
  if (origin === null) return;
  const host = URL.parse(origin)?.host;
  const own = [
    new URL(request.url).host,
    request.headers.get('x-forwarded-host'),
    publicUrl && URL.parse(publicUrl)?.host,
  ];
  if (host !== undefined && own.includes(host)) return;
  throw new HttpProblem({
    status: 403,
    title: 'Foreign origin',
    detail: 'This stream is for pages of this site, and for programs.',
  });
}
