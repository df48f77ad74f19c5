/** Shows and sets how long records are kept, and shows how large their tables are: `/retention`, `/tables`. */
import {
  setTableLimit as limitDoor,
  listRetention as listDoor,
  setRetention as setDoor,
  listTables as tablesDoor,
} from '../lib/contract/retention.ts';
import { answerJson } from '../lib/http/answer.ts';
import { callerOf } from '../lib/http/caller.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { HttpProblem } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { readGrowth } from '../lib/upkeep/measure.ts';
import { listRetention, OutOfBounds, setLimit, setRetention } from '../lib/upkeep/retention.ts';

const list = async (_asked: unknown, { runlog }: Service) => answerJson(await listRetention(runlog));

const tables = async (_asked: unknown, { runlog }: Service) => answerJson(await readGrowth(runlog));

async function set({ request, path, body }: Asked<typeof setDoor>, service: Service): Promise<Response> {
  const caller = callerOf(request, service.config);
  const kept = await setRetention(service.runlog, caller, { of: path.of, ...body }).catch(refuse);
  if (!kept) throw unknown(`kind of record "${path.of.slice(0, 100)}"`, '/retention');
  return answerJson(kept);
}

function refuse(error: unknown): never {
  if (!(error instanceof OutOfBounds)) throw error;
  throw new HttpProblem({ status: 422, title: 'Out of bounds', detail: error.message });
}

async function limit({ request, path, body }: Asked<typeof limitDoor>, service: Service): Promise<Response> {
  const { runlog, config } = service;
  const known = await setLimit(runlog, callerOf(request, config), { table: path.table, ...body });
  const grown = known && (await readGrowth(runlog)).find(({ table }) => table === path.table);
  if (!grown) throw unknown(`table "${path.table.slice(0, 100)}"`, '/tables');
  return answerJson(grown);
}

const unknown = (what: string, list: string) =>
  new HttpProblem({
    status: 404,
    title: 'Not found',
    detail: `There is no ${what}; ${list} lists what there is.`,
  });

export default {
  routes: [door(listDoor, list), door(setDoor, set), door(tablesDoor, tables), door(limitDoor, limit)],
} satisfies FunctionModule;
