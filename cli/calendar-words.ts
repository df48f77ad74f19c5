import type { Told } from './paths.ts';

export type CalendarRow = Told<'readCalendar', 200>[number];

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
