/** What was found of what a pipeline needs of its databases. */
export type Finding = {
  level: 'ok' | 'warn' | 'fail';
  /** The task that needs it. */
  task: string;
  what: string;
  /** How to mend it. */
  mend?: string;
  /** SQL that mends it. */
  sql?: string;
};

type Mend = Pick<Finding, 'mend' | 'sql'>;

/** Findings of one task. */
export const findingsOf = (task: string) => ({
  ok: (what: string): Finding => ({ level: 'ok', task, what }),
  warn: (what: string, mend: Mend = {}): Finding => ({ level: 'warn', task, what, ...mend }),
  fail: (what: string, mend: Mend = {}): Finding => ({ level: 'fail', task, what, ...mend }),
});
