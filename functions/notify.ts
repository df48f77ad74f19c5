/** Tells people: takes the ends of runs, blocked runs and missed slots, and mails what somebody has to know. */
import { alarmOf, newsEvents } from '../lib/alerts/alarm.ts';
import { deliver } from '../lib/alerts/deliver.ts';
import { enter } from '../lib/alerts/enter.ts';
import { commit } from '../lib/boundary.ts';
import { parseEvent } from '../lib/events/parse.ts';
import { eventRoute, type Received } from '../lib/events/receive.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';

async function handle(event: Received, service: Service): Promise<void> {
  const news = parseEvent(event, [...newsEvents, 'notification.due']);
  const ids =
    news.name === 'notification.due'
      ? [news.data.notification]
      : await commit('notify', service.runlog, (tx) => enter(tx, event.id, alarmOf(news), service.config));
  // Mail takes its time: the event is answered, the host waits for what is in flight.
  if (ids.length > 0) service.inFlight(deliver(service, ids));
}

export default { routes: [eventRoute(handle)] } satisfies FunctionModule;
