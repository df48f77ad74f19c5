/** Answers as the contract has them, with what a test is about laid over them. */

export const RUN_ID = '0192f3c4-5d6e-7f80-9123-456789abcdef';

export const listedRun = (over: object = {}) => ({
  run_id: RUN_ID,
  status: 'SUCCESS',
  started_at: '2026-11-21T08:00:00.123Z',
  finished_at: '2026-11-21T08:00:12.423Z',
  duration_ms: 12_300,
  component: 'market-bars',
  trigger: 'cron',
  source: 'local',
  error_code: null,
  error_message: null,
  meta: { kind: 'slot', written: 1200, rejected: 3 },
  tags: [],
  ...over,
});

export const shownRun = (over: object = {}) => ({
  ...listedRun(),
  error_stack: null,
  request: {
    pipeline: 'market-bars',
    kind: 'person',
    lane: '',
    slot: null,
    state: 'ran',
    why: null,
    late: false,
    params: {},
    requested_at: '2026-11-21T08:00:00.000Z',
    requested_by: null,
    wish_why: null,
    deadline: null,
    admitted_at: null,
    ended_at: null,
    replay_of: null,
    resumed_from: null,
  },
  replays: [],
  work: null,
  attempts: [],
  slices: [],
  tasks: [],
  logs: [],
  left_out: null,
  ...over,
});

export const waitingRun = (over: object = {}) =>
  shownRun({
    status: null,
    started_at: null,
    finished_at: null,
    duration_ms: null,
    trigger: null,
    source: null,
    meta: null,
    request: { ...shownRun().request, state: 'waiting', ...over },
  });

export const shownWork = (over: object = {}) => ({
  attempt: 1,
  checkpoint: 0,
  deaths: 0,
  wake_at: null,
  deadline: null,
  blocked_since: null,
  blocked_why: null,
  cancel_at: null,
  cancel_by: null,
  cancel_why: null,
  ...over,
});

export const logLine = (over: object = {}) => ({
  id: 1,
  type: 'job',
  job_run_id: RUN_ID,
  task_run_id: null,
  timestamp: '2026-11-21T08:00:00Z',
  level: 'info',
  stream: 'stdout',
  message: 'it begins',
  metadata: null,
  ...over,
});

export const shownTask = (over: object = {}) => ({
  id: '0192f3c4-5d6e-7f80-9123-000000000001',
  name: 'bars',
  position: 0,
  status: 'SUCCESS',
  attempt: 1,
  started_at: '2026-11-21T08:00:00.200Z',
  finished_at: '2026-11-21T08:00:10.200Z',
  duration_ms: 10_000,
  read: 1210,
  written: 1200,
  unchanged: 0,
  deduped: 7,
  rejected: 3,
  failed: 0,
  progress: null,
  meta: null,
  error_message: null,
  ...over,
});

export const deadLetter = (over: object = {}) => ({
  id: 7,
  event_source: '/kubescribe/cli',
  event_id: 'e-1',
  event_type: 'dev.kubescribe.run.requested',
  subject: `market-bars/${RUN_ID}`,
  run_id: RUN_ID,
  pipeline: 'market-bars',
  attributes: { id: 'e-1', type: 'dev.kubescribe.run.requested' },
  data: { checkpoint: 0 },
  reason: 'Poison event',
  death: 'poison',
  error_dest: 'http://run-pipeline',
  error_code: 422,
  error_data: null,
  overtaken: false,
  times: 1,
  first_seen: '2026-11-21T08:00:00.000Z',
  last_seen: '2026-11-21T08:00:00.000Z',
  altered: null,
  replayed_at: null,
  explained: {
    for: 'begins the run',
    taker: 'run-pipeline',
    died: 'it was refused',
    since: 'nothing',
    replay: 'useful',
    because: 'its run waits for it',
  },
  replays: [],
  ...over,
});

export const problem = (status: number, title: string, detail: string, more: object = {}) => ({
  status,
  json: { type: '/problems/x', title, status, detail, ...more },
});
