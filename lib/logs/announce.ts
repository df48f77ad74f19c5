/** What a process says of itself in the log of the system: its start and stop, its settings, its database. */
import type { Config } from '../config.ts';
import type { Json } from '../db/tables.ts';
import type { Service } from '../http/service.ts';
import { tellNow } from './tell-now.ts';

const MINUTE = 60;
/** A function that scales from zero starts often: the same start of the same service is told once in so many seconds. */
const EVERY = 10 * MINUTE;

type Started = { port: number; version: string };

/** Announces a process once it listens; what is given back announces its stop, when its start was told. */
export async function announceStart(service: Service, started: Started): Promise<() => void> {
  const { config, logs } = service;
  const began = performance.now();
  const facts: Json = {
    service: config.service,
    functions: [...config.targets],
    port: started.port,
    version: started.version,
    ...(config.code && { code: config.code }),
    ...(config.revision && { revision: config.revision }),
  };
  const state: Json = { version: started.version, code: config.code ?? null, settings: config.settings };
  // RunLog that cannot be asked is no reason to say nothing: the line waits for it.
  const { tell, was, untold } = await tellNow(
    service.runlog,
    `start of ${config.service}`,
    state,
    EVERY,
  ).catch(() => ({ tell: true, was: null, untold: 0 }));
  if (!tell) return () => {};
  logs.logSystem('info', 'Server started successfully', {
    ...facts,
    ...(untold > 0 && { starts_untold: untold }),
  });
  const changed = was ? changedSettings(was.settings, config.settings) : [];
  if (changed.length > 0)
    logs.logSystem('info', 'Configuration changed', {
      service: config.service,
      config_file: 'environment',
      settings: changed,
    });
  logs.logSystem('info', 'Database connection established', {
    service: config.service,
    ...placeOf(config.runlogUrl),
  });
  return () => {
    const uptime_ms = Math.round(performance.now() - began);
    logs.logSystem('info', 'Server shutting down', { ...facts, uptime_ms });
  };
}

/** The names of settings that came, went or have another value. */
function changedSettings(before: unknown, now: Config['settings']): string[] {
  const was = new Map(Object.entries(before ?? {}));
  const names = new Set([...was.keys(), ...Object.keys(now)]);
  return [...names].filter((name) => was.get(name) !== now[name]).sort();
}

/** Where a database is, and nothing of who logs in. */
function placeOf(url: string | undefined): Json {
  if (!url) return {};
  const { hostname, port, pathname, searchParams } = new URL(url);
  return {
    host: hostname || searchParams.get('host') || 'localhost',
    ...(port && { port: Number(port) }),
    database: decodeURIComponent(pathname.slice(1)),
  };
}
