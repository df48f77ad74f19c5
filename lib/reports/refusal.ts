/** What the database refuses to a reader, in words that help. */
import { LOCK_NOT_AVAILABLE, sqlState } from '../db/sqlstate.ts';
import { badRequest, HttpProblem } from '../http/problem.ts';

const QUERY_CANCELED = '57014';
const UNDEFINED_FUNCTION = '42883';
/** Of an array or a record: what it holds cannot be compared. */
const DATATYPE_MISMATCH = '42804';

/** An error of a reading statement as it is answered; any other as it is. */
export function refusalOf(error: unknown): unknown {
  switch (sqlState(error)) {
    case QUERY_CANCELED:
      return new HttpProblem(
        {
          status: 422,
          title: 'Too much to read',
          detail:
            'This took longer than a request may. Narrow it by columns that an index of the table begins with.',
        },
        { cause: error },
      );
    case LOCK_NOT_AVAILABLE:
      return new HttpProblem(
        {
          status: 503,
          title: 'Database unavailable',
          detail: 'The table is being changed. Try again shortly.',
          headers: { 'retry-after': '5' },
        },
        { cause: error },
      );
    case UNDEFINED_FUNCTION:
    case DATATYPE_MISMATCH:
      return Object.assign(
        badRequest('The query is wrong at "where".', {
          errors: [{ parameter: 'where', detail: 'a column of its type cannot be compared so' }],
        }),
        { cause: error },
      );
    default:
      return error;
  }
}
