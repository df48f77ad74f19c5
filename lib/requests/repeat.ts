/** One ended run asked for again, by its pipeline as it is today. */
import type * as z from 'zod';
import type { RunRequest } from '../db/tables.ts';
import type { Caller } from '../http/caller.ts';
import type { Service } from '../http/service.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { type Asked, askAsPerson, type Once } from './ask-as-person.ts';
import { againOf, CannotRepeat, endedRequest } from './replay.ts';

export type RepeatWish = {
  /** Others than it had. */
  params?: object | undefined;
  why: string | undefined;
  caller: Caller;
  once?: Once | undefined;
  /** The id that the new run is to have. */
  runId?: string | undefined;
  /** The task at which the new run begins. */
  from?(old: RunRequest, pipeline: Pipeline): Promise<string>;
};

/** The params do not fit the pipeline as it is today. */
export class UnfitParams extends Error {
  readonly fault: z.ZodError;
  constructor(pipeline: string, fault: z.ZodError) {
    super(`The params do not fit "${pipeline}".`, { cause: fault });
    this.fault = fault;
  }
}

/** Asks for a run again; undefined when nobody knows it. Throws CannotRepeat and UnfitParams. */
export async function repeatRun(service: Service, id: string, wish: RepeatWish): Promise<Asked | undefined> {
  const { runlog, config } = service;
  const old = await endedRequest(runlog, id);
  if (!old) return undefined;
  const pipeline = (await service.pipelines()).find(({ name }) => name === old.pipeline);
  if (!pipeline) throw new CannotRepeat(`is of "${old.pipeline}", which no pipeline file defines any more`);
  const resumeFrom = await wish.from?.(old, pipeline);
  const params = pipeline.params.safeParse(wish.params ?? old.params);
  if (!params.success) throw new UnfitParams(pipeline.name, params.error);
  const { why, caller, once, runId } = wish;
  return askAsPerson(runlog, pipeline, {
    params: params.data,
    why,
    again: againOf(old, resumeFrom),
    once,
    runId,
    trigger: caller.trigger,
    source: config.source,
    requestedBy: caller.by,
    cameFrom: caller.from,
  });
}
