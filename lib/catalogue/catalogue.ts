/** The pipelines that there are: those with a file, and those that were declared and have none any more. Reads only. */
import type { Service } from '../http/service.ts';
import { entryOf } from './entry.ts';
import { declaredNames, readKnown } from './known.ts';

/** A page of them by name and, when there are more, the last name on it. */
export async function listPipelines(service: Service, limit: number, after: string | undefined) {
  const files = await service.pipelines();
  const declared = await declaredNames(service.runlog);
  const names = [...new Set([...files.map(({ name }) => name), ...declared])].sort();
  const rest = after === undefined ? names : names.filter((name) => name > after);
  const shown = rest.slice(0, limit);
  const next = rest.length > limit ? shown.at(-1) : undefined;
  if (shown.length === 0) return { entries: [], next };
  const known = await readKnown(service.runlog, shown);
  const entries = shown.map((name) =>
    entryOf(
      name,
      files.find((file) => file.name === name),
      known,
    ),
  );
  return { entries, next };
}

/** The one of a name. */
export async function showPipeline(service: Service, name: string) {
  const files = await service.pipelines();
  const known = await readKnown(service.runlog, [name]);
  return entryOf(
    name,
    files.find((file) => file.name === name),
    known,
  );
}
