/** The clauses of blueprint §6.6 by which people are told, each with its switch. */
export const CLAUSES = {
  enteredWithItsEvent: 'the notification row is written in the transaction that marks its event done',
  doneWritesNothing: 'an event that was done before writes nothing',
  rowIsUnique: 'one row a subject, transition, channel and recipient',
  sweepWakesFromRow: 'sweep wakes notify for every row that is pending and leased by nobody',
  leaseBeforeSending: 'a row is leased by one sender at a time',
  leaseOutlivesSmtp: 'the lease is longer than the whole deadline of SMTP',
  leaseCheckedBeforeConnecting: 'the lease is checked right before the connection',
  handOverNotedFirst: 'that a copy may leave is noted before it can, and taken back only when none did',
  twiceIsEnough: 'a mail whose answer was lost twice is given up',
  takenIsSent: 'a mail that was taken is sent, whoever holds the lease by now',
} as const;

export type Clause = keyof typeof CLAUSES;
