/** The pipelines that there are: those with a file, and those that were declared and have none any more. Reads only. */
import { cutPage, goesUp, type Place } from '../db/keyset.ts';
import type { Service } from '../http/service.ts';
import { entryOf } from './entry.ts';
import { declaredNames, readKnown } from './known.ts';

/** A page of them by name, and the ways to its neighbours. */
export async function listPipelines(service: Service, limit: number, place: Place<string> | undefined) {
  const files = await service.pipelines();
  const declared = await declaredNames(service.runlog);
  const names = [...new Set([...files.map(({ name }) => name), ...declared])].sort();
  const within = place ? names.filter((name) => takes(place, name)) : names;
  const read = goesUp(place) ? within.reverse() : within;
  const { rows: shown, ...neighbours } = cutPage(read, { limit, place, keyOf: (name) => name });
  if (shown.length === 0) return { entries: [], ...neighbours };
  const known = await readKnown(service.runlog, shown);
  const entries = shown.map((name) =>
    entryOf(
      name,
      files.find((file) => file.name === name),
      known,
    ),
  );
  return { entries, ...neighbours };
}

/** Names rise down the list. */
const takes = (place: Place<string>, name: string) =>
  name === place.key ? place.way.endsWith('=') : name > place.key !== goesUp(place);

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
