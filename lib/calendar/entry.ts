/** One line of the calendar: what became of a slot, and why. */
import type { RequestState, RunStatus } from '../db/tables.ts';
import { duration } from '../mail/words.ts';
import { localTime } from '../schedule/local-time.ts';
import { LATE_AFTER } from '../schedule/misfire.ts';
import { type History, pauseAt, scheduleAt, zoneAt } from './history.ts';
import type { Rerun, SlotRow } from './rows.ts';

/**
 * Beside the states of requests: `expected` is to come, `unplanned` should have been planned and was not, `forgotten`
 * was planned and its record is gone, `none` is no slot.
 */
export const calendarStates = [
  ...(['ran', 'live', 'waiting', 'skipped', 'missed', 'replaced', 'cancelled'] satisfies RequestState[]),
  'expected',
  'unplanned',
  'forgotten',
  'none',
] as const;

export type CalendarState = (typeof calendarStates)[number];

export type CalendarEntry = {
  slot: Date;
  slot_local: string;
  timezone: string;
  state: CalendarState;
  late: boolean;
  why: string | null;
  run_id: string | null;
  lane: string | null;
  status: RunStatus | null;
  started_at: Date | null;
  finished_at: Date | null;
  duration_ms: number | null;
  requested_at: Date | null;
  deadline: Date | null;
  admitted_at: Date | null;
  ended_at: Date | null;
  /** Of a time without slots: its end. */
  until: Date | null;
  reruns: Rerun[];
};

/** A line that no request stands behind. */
export const blankEntry = (
  history: History,
  slot: Date,
  state: CalendarState,
  why: string | null,
  until: Date | null = null,
): CalendarEntry => {
  const timezone = zoneAt(history, slot);
  return {
    ...{ slot, slot_local: localTime(slot, timezone), timezone, state, late: false, why, run_id: null },
    ...{ lane: null, status: null, started_at: null, finished_at: null, duration_ms: null },
    ...{ requested_at: null, deadline: null, admitted_at: null, ended_at: null, until, reruns: [] },
  };
};

/** The line of a slot that has its request. */
export function rowEntry(history: History, row: SlotRow): CalendarEntry {
  const { error_code: _code, error_message: _message, ...known } = row;
  const status = row.status ?? statusOf(row);
  return { ...blankEntry(history, row.slot, row.state, whyRow(row)), ...known, status, why: whyRow(row) };
}

/** A run whose record is gone ended as its request says. */
const statusOf = ({ state, why }: SlotRow): RunStatus | null =>
  state === 'ran' && (why === 'SUCCESS' || why === 'ERROR' || why === 'CANCELLED' || why === 'TIMEOUT')
    ? why
    : null;

function whyRow(row: SlotRow): string | null {
  switch (row.state) {
    case 'ran':
      return [failureOf(row), lateness(row)].filter(Boolean).join('; ') || null;
    case 'live':
      return ['it is running', lateness(row)].filter(Boolean).join('; ');
    case 'waiting':
      return 'it waits until its lane is free';
    default:
      return row.why;
  }
}

function failureOf(row: SlotRow): string | undefined {
  const status = row.status ?? statusOf(row);
  if (status === 'SUCCESS') return undefined;
  return [row.error_code, row.error_message].filter(Boolean).join(': ') || status || undefined;
}

function lateness({ late, slot, admitted_at }: SlotRow): string | undefined {
  return late && admitted_at ? `begun ${duration(admitted_at.getTime() - slot.getTime())} late` : undefined;
}

/** The line of a slot that a schedule says and no request stands for. */
export function slotEntry(history: History, slot: Date): CalendarEntry {
  const schedule = scheduleAt(history, slot);
  const paused = pauseAt(history, slot);
  const pause = paused && `paused by ${paused.paused_by}: ${paused.why}`;
  if (schedule && slot <= schedule.planned_until) {
    return blankEntry(history, slot, 'forgotten', 'it was planned; its record is older than what is kept');
  }
  if (slot.getTime() > history.now.getTime() - LATE_AFTER) {
    const due = slot <= history.now ? 'it is due now' : null;
    const why = pause ? `${pause}; it is skipped unless the schedule is resumed before` : due;
    return blankEntry(history, slot, 'expected', why);
  }
  if (schedule?.valid_until)
    return blankEntry(history, slot, 'unplanned', 'its schedule was changed before it was planned');
  return blankEntry(
    history,
    slot,
    'unplanned',
    [pause, whyUnplanned(history, slot)].filter(Boolean).join('; '),
  );
}

/** Whether ticks come at all is seen by what else was planned since. */
function whyUnplanned(history: History, slot: Date): string {
  const { elsewhere } = history;
  if (elsewhere && elsewhere.at > slot) {
    return `ticks come (${elsewhere.pipeline} was planned at ${localTime(elsewhere.at, zoneAt(history, slot))}), but this pipeline was not planned: its file is gone or broken; the log of trigger has the cause`;
  }
  const own = history.schedules.at(-1)?.planned_until;
  const last = elsewhere && own && elsewhere.at > own ? elsewhere.at : own;
  const since = last ? ` since ${localTime(last, zoneAt(history, slot))}` : '';
  return `no tick has come${since}: trigger, the PingSource or the cluster is down, or its pipeline cannot be planned`;
}
