/** What happens in a scene, apart from what is done to its processes. */
import type { Client } from 'pg';

export type Urls = { runlog: string; report: string; prod: string };
export type Asking = { method?: 'PUT' | 'DELETE'; key?: string; until: readonly number[] };
type Databases = { runlog: Client; report: Client; prod: Client };

/** What a script has to do with: processes that answer in the end, and the databases behind them. */
export type Stage = {
  runlog: Client;
  prod: Client;
  /** Asks a function until it answers with one of these; resolves to the body. */
  ask(path: string, body: object, options: Asking): Promise<unknown>;
  /** Sends ticks of schedules. */
  tick(): Promise<void>;
  /** Sends the tick of a minute. */
  sweep(): Promise<void>;
  /** Lets time pass whenever nothing moves, until nothing is open. */
  rest(): Promise<void>;
};

export type Script = {
  /** The folder of its pipelines. */
  pipelines: string;
  prepare(urls: Urls): Promise<void>;
  play(stage: Stage): Promise<void>;
  /** What is wrong with what its work left, and that work in one line: the same however it was disturbed. */
  judge(databases: Databases): Promise<{ faults: string[]; digest: string }>;
};
