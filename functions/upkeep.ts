/** Woken once a day, and each minute while there is more: deletes what is older than it is kept, notes how large tables are. */
import { TICK } from '../lib/events/event-types.ts';
import { parseEvent } from '../lib/events/parse.ts';
import { eventRoute, type Received } from '../lib/events/receive.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { keepUp } from '../lib/upkeep/keep-up.ts';

async function handle(event: Received, service: Service): Promise<void> {
  const daily = event.type === TICK;
  if (!daily) parseEvent(event, ['upkeep.due']);
  await keepUp(service, daily ? 'all' : 'left');
}

export default { routes: [eventRoute(handle)] } satisfies FunctionModule;
