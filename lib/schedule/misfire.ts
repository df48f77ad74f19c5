/** What of the past is still asked for: pure, so that it can be read and tested on its own. */

type Misfire = 'none' | 'last' | 'all';

export type DueSlot = {
  slot: Date;
  deadline: Date;
  /** The pipeline names its deadline: nothing begins after it, not even to catch up. */
  declared?: boolean;
};
export type Verdict = DueSlot & { ask: boolean; why?: string };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** From here on a slot counts as late. */
export const LATE_AFTER = MINUTE;

export type MisfirePolicy = {
  policy: Misfire;
  /** Under `all`: how many slots of the past are asked for at most; default 100. */
  maxSlots: number;
  /** Under `all`: how old a slot may be; default one day. */
  maxAge: number;
};

/** Judges due slots, oldest first; `later` more are due that are judged another time. A deadline that has passed, or a policy against it, makes a slot missed. */
export function judgeDueSlots(
  due: readonly DueSlot[],
  now: Date,
  misfire: MisfirePolicy,
  later = 0,
): Verdict[] {
  return due.map((item, i) => {
    const age = now.getTime() - item.slot.getTime();
    const onTime = age <= LATE_AFTER && now < item.deadline;
    const why = onTime
      ? undefined
      : objection(misfire, { ...item, age, fromLast: due.length - i + later, expired: now >= item.deadline });
    if (why !== undefined) return { ...item, ask: false, why };
    const extended = !onTime && misfire.policy === 'all' && !item.declared;
    return {
      ...item,
      ask: true,
      deadline: extended ? new Date(now.getTime() + misfire.maxAge) : item.deadline,
    };
  });
}

type Past = DueSlot & { age: number; fromLast: number; expired: boolean };

function objection(misfire: MisfirePolicy, past: Past): string | undefined {
  const { age, fromLast, expired } = past;
  if (past.declared && expired) {
    const seconds = (past.deadline.getTime() - past.slot.getTime()) / SECOND;
    return `no tick came before its deadline, ${seconds} s after it`;
  }
  switch (misfire.policy) {
    case 'none':
      return `no tick came within ${LATE_AFTER / MINUTE} minute of it (misfire: none)`;
    case 'last':
      return fromLast > 1 || expired ? 'no tick came before the next slot (misfire: last)' : undefined;
    case 'all':
      if (fromLast > misfire.maxSlots) return `more than ${misfire.maxSlots} slots were due (misfire: all)`;
      if (age > misfire.maxAge) return `older than ${misfire.maxAge / MINUTE} minutes (misfire: all)`;
      return undefined;
  }
}
