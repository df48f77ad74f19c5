/** Every type of problem by its title: its status, what it means, and what to do. `/problems/NAME` shows them. */
type Described = { status: number; means: string; mend: string };

export const problems = {
  'Bad request': {
    status: 400,
    means: 'The request cannot be read, or a part of it is not what the contract says. Nothing was done.',
    mend: '`detail` and `errors` name each fault and its place: mend them and send it again.',
  },
  'Foreign origin': {
    status: 403,
    means: 'A page of another site asked, in a browser. Nothing was done.',
    mend: 'Ask from a page of this site, or from a program.',
  },
  'Not found': {
    status: 404,
    means: 'Nothing is served at this path, or what it names does not exist.',
    mend: 'Look at the id or name; lists tell which there are. What is old may have been removed.',
  },
  'Unknown pipeline': {
    status: 404,
    means: 'No pipeline has this name.',
    mend: '`detail` lists the known ones.',
  },
  'Method not allowed': {
    status: 405,
    means: 'The path exists and takes other methods.',
    mend: 'Use one that the header `Allow` names.',
  },
  'Not possible for this run': {
    status: 409,
    means: 'The run is in a state for which the wish means nothing, such as a cancel after its end.',
    mend: 'Look at the run, under `Location`.',
  },
  'Run skipped': {
    status: 409,
    means: 'A run of the same lane is live, and the pipeline lets a second one be skipped.',
    mend: 'Wait for the live run, under `Location`, or cancel it.',
  },
  'Not to be replayed': {
    status: 409,
    means:
      'The event may not be sent again: what is kept of it is not surely what was sent, or it is on its way already.',
    mend: '`detail` says why; `GET /dead-letters/{id}` explains what became of its matter.',
  },
  'Not what was expected': {
    status: 409,
    means: 'What fits the filter is no longer what `expect` counts. Nothing was done.',
    mend: 'Ask with `dry_run` again, look, and send the new count.',
  },
  'Other runs than expected': {
    status: 409,
    means: 'What was seen in the dry run has changed: more runs or fewer are meant now. Nothing was done.',
    mend: 'Do the dry run again, and send what it counts as `expect`.',
  },
  'Out of bounds': {
    status: 422,
    means: 'Records of this kind are not kept for so short, or so long, a time.',
    mend: '`detail` names the bounds; with `force` they do not hold.',
  },
  'Backfill over': {
    status: 409,
    means: 'The backfill has ended.',
    mend: 'Start a new one for what is still missing.',
  },
  'Schedule changed': {
    status: 412,
    means: 'The schedule is no longer the version that `If-Match` names: somebody else changed it.',
    mend: 'Read it again, decide again, and send the new `ETag`.',
  },
  'Body too large': {
    status: 413,
    means: 'The body is larger than 1 MiB.',
    mend: 'Send less; large data has no place in a wish.',
  },
  'Unsupported media type': {
    status: 415,
    means: 'The body is not marked as JSON.',
    mend: 'Send `Content-Type: application/json`.',
  },
  'Idempotency key reused': {
    status: 422,
    means: 'The `Idempotency-Key` was used before for another wish. Nothing was done.',
    mend: 'Use a new key for a new wish, and the same key only to repeat the same one.',
  },
  'Too many runs': {
    status: 422,
    means: 'The filter means more runs than one wish may be about. Nothing was done.',
    mend: 'Narrow it, by `from` and `to` for instance, and do it in parts.',
  },
  'Unfit params': {
    status: 422,
    means: 'The params do not fit the pipeline, as it is today.',
    mend: '`errors` names each fault; `GET /pipelines/{name}` shows the params as JSON Schema.',
  },
  'No such backfill': {
    status: 422,
    means: 'A backfill cannot be as it was asked for, such as of a range without slots.',
    mend: '`detail` says why, and what would do.',
  },
  'No watermark': {
    status: 422,
    means: 'The pipeline has no ingest, which alone goes on from a watermark.',
    mend: 'Ask for a run: it does all that the pipeline does.',
  },
  'Unusable schedule': {
    status: 422,
    means: 'The cron fields or the time zone make no schedule that this pipeline can keep.',
    mend: '`detail` says what is wrong with them.',
  },
  'Too many at once': {
    status: 422,
    means: 'More fits the filter than is done in one go. Nothing was done.',
    mend: 'Narrow the filter, by `from` and `to` for example.',
  },
  'No order': {
    status: 409,
    means: 'The table has no unique key of columns that always have a value: it cannot be read in pages.',
    mend: 'Give it a primary key.',
  },
  'Too much to read': {
    status: 422,
    means: 'Finding what was asked for takes longer than a request may, or a row of it is longer than 4 MiB.',
    mend: 'Narrow it by columns that an index of the table begins with, such as those of its key; leave long columns out.',
  },
  'Poison event': {
    status: 422,
    means: 'An event that no function can ever take. It goes to the dead letters.',
    mend: 'Look at it with `GET /dead-letters`.',
  },
  'Upgrade required': {
    status: 426,
    means: 'Only a WebSocket is served at this path.',
    mend: 'Open a WebSocket, or read the stream of Server-Sent Events beside it.',
  },
  'Too many requests': {
    status: 429,
    means: 'There is a limit to how many of these are done a minute. Nothing was done.',
    mend: 'Ask again after `Retry-After` seconds.',
  },
  'Lease held': {
    status: 429,
    means: 'Another worker has the run that the event is about.',
    mend: 'Nothing: the Broker delivers it again.',
  },
  'Internal error': {
    status: 500,
    means: 'A fault of ours. Whether the wish was done is not known.',
    mend: 'Tell the operator the `instance`: the log has the cause under it. With an Idempotency-Key it is safe to ask again.',
  },
  'Try again': {
    status: 503,
    means: 'An event could not be taken now, and may be later.',
    mend: 'Nothing: the Broker delivers it again.',
  },
  'Database unavailable': {
    status: 503,
    means: 'A database that the answer needs cannot be reached.',
    mend: 'Ask again after `Retry-After`, with the same Idempotency-Key.',
  },
} as const satisfies Record<string, Described>;

export type ProblemTitle = keyof typeof problems;
