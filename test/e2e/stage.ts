import type { Door } from './door.ts';
import type { Inside } from './inside.ts';
import type { Kubectl } from './kubectl.ts';

/** What a step has at hand. */
export type Stage = {
  kubectl: Kubectl;
  door: Door;
  inside: Inside;
  /** When the deployment began. */
  since: Date;
  /** What other namespaces of the cluster share is to be left alone. */
  gentle: boolean;
  /** What steps broke on purpose, for the last one to expect: ids of poison events. */
  poison: Set<string>;
};
