import type { Service } from '../http/service.ts';
import { configHash } from '../pipeline/config-hash.ts';
import type { Worker } from './evidence.ts';

/** This process, as a worker of a pipeline. */
export async function workerFor(service: Service, pipeline: string): Promise<Worker> {
  const { code, revision, instance } = service.config;
  const known = (await service.pipelines()).find(({ name }) => name === pipeline);
  return {
    code,
    revision,
    instance,
    pipeline,
    config: known && configHash(known),
    cold: service.firstWork(),
  };
}
