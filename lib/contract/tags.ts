/** The concerns by which doors are sorted, in the order of the document. */
export const tags = {
  Runs: 'Asking for runs, looking at them, and intervening.',
  Pipelines: 'What there is to run.',
  Schedules: 'When pipelines run by themselves, and pauses of that.',
  Calendar: 'What became of every slot.',
  Backfills: 'Slots of the past run again.',
  'Dead letters': 'Events that nobody could take.',
  Logs: 'What runs and the system said.',
  Reports: 'What pipelines wrote, and where each row is from.',
  Operations: 'Why rows were not taken as they came, how far pipelines have read, backups.',
  Upkeep: 'How long records are kept, and how large tables are.',
  Audit: 'Who intervened, and why.',
  API: 'This document.',
} as const;

export type Tag = keyof typeof tags;
