/** Whether a resource is as it was asked to be, by its own conditions. */
import * as z from 'zod';
import { kindOf, type Resource } from './resource.ts';

export type State = {
  kind: string;
  name: string;
  state: 'ready' | 'waiting' | 'failed';
  /** What it says of itself, when it is not ready. */
  why: string;
};

const Workload = z.looseObject({ replicas: z.int().default(1) });
const Replicas = z.looseObject({ updatedReplicas: z.int().default(0), readyReplicas: z.int().default(0) });

/** Reads the state; one of before the last change counts for nothing. */
export function stateOf(resource: Resource): State {
  const { kind, metadata, status = {} } = resource;
  const is = (state: State['state'], why = ''): State => ({ kind, name: metadata.name, state, why });
  const { conditions = [] } = status;
  const told = (type: string) => conditions.find((condition) => condition.type === type);
  const words = ({ reason, message }: { reason?: string | undefined; message?: string | undefined }) =>
    [reason, message].filter((word) => word).join(': ');

  if (kindOf(resource) === 'batch/Job') {
    const failed = told('Failed');
    if (failed?.status === 'True') return is('failed', words(failed));
    return told('Complete')?.status === 'True' ? is('ready') : is('waiting', 'at work, or about to');
  }
  const { generation = 0 } = metadata;
  if (status.observedGeneration === undefined || status.observedGeneration < generation)
    return is('waiting', unseen(resource));
  if (kindOf(resource).startsWith('apps/')) {
    const { replicas } = Workload.parse(resource.spec);
    const { updatedReplicas, readyReplicas } = Replicas.parse(status);
    if (updatedReplicas >= replicas && readyReplicas >= replicas) return is('ready');
    return is('waiting', `${Math.min(updatedReplicas, readyReplicas)} of ${replicas} pods are ready`);
  }
  const ready = told('Ready');
  if (ready?.status === 'True') return is('ready');
  // Ready repeats the first that is wrong, at times without its words.
  const worst = [ready, ...conditions].find((one) => one?.status === 'False' && words(one) !== '');
  if (worst) return is(ready?.status === 'False' ? 'failed' : 'waiting', words(worst));
  return is('waiting', ready ? words(ready) : unseen(resource));
}

function unseen(resource: Resource): string {
  if (resource.kind !== 'Broker') return 'no controller has looked at it yet';
  const brokerClass = resource.metadata.annotations?.['eventing.knative.dev/broker.class'];
  return `no controller has looked at it yet: is the Broker class ${brokerClass ?? 'of the cluster'} installed?`;
}
