import * as z from 'zod';

const Rerun = z.looseObject({
  run_id: z.string(),
  kind: z.string(),
  state: z.string(),
  status: z.string().nullish(),
});

/** What the calendar says of a slot; `none` is no slot. */
export const CalendarRow = z.looseObject({
  slot: z.string(),
  slot_local: z.string(),
  timezone: z.string(),
  state: z.string(),
  late: z.boolean().catch(false),
  why: z.string().nullish(),
  run_id: z.string().nullish(),
  status: z.string().nullish(),
  duration_ms: z.number().nullish(),
  until: z.string().nullish(),
  reruns: z.array(Rerun).catch([]),
});

export type CalendarRow = z.infer<typeof CalendarRow>;

/** `2026-11-20 02:00`, with seconds where there are some. */
export const localWord = ({ slot_local }: CalendarRow) =>
  slot_local.slice(0, 19).replace('T', ' ').replace(/:00$/, '');

/** `ran`, `ran late`, `ran: ERROR`, or the state. */
export function stateWord({ state, status, late }: CalendarRow): string {
  if (state !== 'ran') return state === 'none' ? 'no slot' : state;
  return ['ran', late && 'late', status !== 'SUCCESS' && status].filter(Boolean).join(' ');
}

/** Whether the slot came to a good end, be it by a later run. */
export function wentWell({ state, status, reruns }: CalendarRow): boolean {
  const last = reruns.findLast((rerun) => rerun.state === 'ran');
  return (last ?? (state === 'ran' ? { status } : undefined))?.status === 'SUCCESS';
}
