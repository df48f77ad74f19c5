/** The invented market trades every day from 06:00 to 22:00 UTC. */
export const MINUTES_PER_DAY = 16 * 60;

export const SYMBOLS = [
  { name: 'AAPL', cents: 18950 },
  { name: 'MSFT', cents: 41520 },
  { name: 'ASML', cents: 68800 },
  { name: 'GOOG', cents: 16240 },
  { name: 'JPM', cents: 19570 },
  { name: 'KO', cents: 6230 },
  { name: 'META', cents: 48150 },
  { name: 'AMZN', cents: 17820 },
  { name: 'NVDA', cents: 87500 },
  { name: 'SAP', cents: 17430 },
  { name: 'TSLA', cents: 24760 },
  { name: 'XOM', cents: 11380 },
] as const;

export type Scale = { symbols: number; days: number; every: number };

/** `every` is prime and no factor of a symbol count, so that faults fall on all symbols. */
export const SCALES = {
  demo: { symbols: 12, days: 90, every: 997 },
  tests: { symbols: 2, days: 2, every: 113 },
} as const satisfies Record<string, Scale>;

/** A change to one bar of the feed, or a further row about it; `set` is SQL over the bar's columns. */
export type Fault = {
  name: string;
  kind: 'bad cast' | 'rule' | 'further row';
  /** One bar in `every * share` has it. */
  share: number;
  set: Record<string, string>;
  /** Of a further row: its place among the ids of its minute, after the bars. */
  slot?: number;
};

/**
 * Every fault of the demo; no bar has two. Sources are meant to be believed in the order primary, vendor_b, vendor_c.
 */
export const FAULTS: readonly Fault[] = [
  { name: 'ts', kind: 'bad cast', share: 4, set: { ts: `overlay(ts placing '02-30' from 6)` } },
  { name: 'open', kind: 'bad cast', share: 2, set: { open: `'n/a'` } },
  { name: 'high', kind: 'bad cast', share: 3, set: { high: `replace(high, '.', ',')` } },
  { name: 'low', kind: 'bad cast', share: 4, set: { low: `''` } },
  { name: 'close', kind: 'bad cast', share: 1, set: { close: `'#REF!'` } },
  { name: 'volume', kind: 'bad cast', share: 2, set: { volume: `volume || ' shares'` } },
  { name: 'null.symbol', kind: 'rule', share: 4, set: { symbol: 'null' } },
  { name: 'range.low', kind: 'rule', share: 2, set: { low: `'-' || low` } },
  { name: 'rule.high_below_low', kind: 'rule', share: 3, set: { high: `(low::numeric - 1)::text` } },
  { name: 'fractional.volume', kind: 'rule', share: 1, set: { volume: `volume || '.5'` } },
  { name: 'range.volume', kind: 'rule', share: 4, set: { volume: `'-' || volume` } },
  { name: 'exactDuplicates', kind: 'further row', share: 1, slot: 1, set: {} },
  {
    name: 'conflictingDuplicates',
    kind: 'further row',
    share: 2,
    slot: 2,
    set: { close: 'high', volume: `volume || '0'` },
  },
  {
    name: 'disagreeingSources',
    kind: 'further row',
    share: 2,
    slot: 3,
    set: { high: `(high::numeric + 0.05)::text`, source: `'vendor_b'` },
  },
  { name: 'agreeingSources', kind: 'further row', share: 3, slot: 4, set: { source: `'vendor_c'` } },
];

export type Ordinals = { first: number; step: number; end: number };

/** Which bars have the fault, counting the bars of the history from 0, minute by minute, symbol by symbol. */
export function ordinalsOf(fault: Fault, scale: Scale): Ordinals {
  const end = scale.symbols * scale.days * MINUTES_PER_DAY;
  return { first: 11 + 5 * FAULTS.indexOf(fault), step: scale.every * fault.share, end };
}

/** What is in the history, exactly. */
export function planted(scale: Scale) {
  const count = (fault: Fault) => {
    const { first, step, end } = ordinalsOf(fault, scale);
    return Math.ceil((end - first) / step);
  };
  const counts = (kind: Fault['kind']) =>
    Object.fromEntries(
      FAULTS.filter((fault) => fault.kind === kind).map((fault) => [fault.name, count(fault)]),
    );
  const sum = (of: Record<string, number>) => Object.values(of).reduce((total, each) => total + each, 0);
  const [badCasts, ruleViolations, further] = [counts('bad cast'), counts('rule'), counts('further row')];
  const bars = scale.symbols * scale.days * MINUTES_PER_DAY;
  const rejected = sum(badCasts) + sum(ruleViolations);
  return {
    /** Rows in the feed. */
    rows: bars + sum(further),
    /** Bars that are left when bad rows are rejected and further rows deduplicated. */
    good: bars - rejected,
    rejected,
    deduped: sum(further),
    badCasts,
    ruleViolations,
    /** The same bar once more, from the same source. */
    exactDuplicates: further.exactDuplicates ?? 0,
    /** The same bar with other values, from the same source and later. */
    conflictingDuplicates: further.conflictingDuplicates ?? 0,
    /** The same bar with other values, from `vendor_b`. */
    disagreeingSources: further.disagreeingSources ?? 0,
    /** The same bar with the same values, from `vendor_c`. */
    agreeingSources: further.agreeingSources ?? 0,
  };
}
