/** What a check of the audit finds. */

/** What was done to the audit, as far as the chain tells. */
export type Finding = {
  kind:
    | 'changed'
    | 'removed'
    | 'back-dated'
    | 'seals-missing'
    | 'end-missing'
    | 'rewritten'
    | 'not-signed-off'
    | 'not-sealed';
  seal: number | null;
  audit_id: string | null;
  says: string;
};

/** Findings that are told; the rest are counted. */
export const MOST_TOLD = 100;

export type Findings = {
  add(kind: Finding['kind'], says: string, at?: { seal?: number; auditId?: string }): void;
  told: Finding[];
  count(): number;
};

/** An empty list, which does not grow without end. */
export function noFindings(): Findings {
  const told: Finding[] = [];
  let count = 0;
  return {
    told,
    count: () => count,
    add(kind, says, { seal, auditId } = {}) {
      count++;
      if (told.length < MOST_TOLD) told.push({ kind, seal: seal ?? null, audit_id: auditId ?? null, says });
    },
  };
}
