/** One line of what `kubescribe doctor` says. */
export type Finding = {
  level: 'ok' | 'warn' | 'fail';
  /** What was found. */
  what: string;
  /** How to mend it. */
  mend?: string;
};

export const ok = (what: string): Finding => ({ level: 'ok', what });
export const warn = (what: string, mend: string): Finding => ({ level: 'warn', what, mend });
export const fail = (what: string, mend: string): Finding => ({ level: 'fail', what, mend });
