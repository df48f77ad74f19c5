import { findBackfill } from '../backfills/read.ts';
import type { Db } from '../db/connect.ts';
import type { FirstAnswer } from '../requests/asked-once.ts';
import { answer } from './answer.ts';

/** What is told of a backfill that has begun. */
export const tellBegun = async (db: Db, id: string): Promise<FirstAnswer> => ({
  status: 201,
  location: `/backfills/${id}`,
  body: JSON.stringify(await findBackfill(db, id)),
});

/** The same as an answer; `repeated`: it was told before. */
export const answerBegun = ({ status, location, body }: FirstAnswer, repeated = false): Response =>
  answer(body, {
    status,
    headers: {
      'content-type': 'application/json',
      ...(location && { location }),
      ...(repeated && { 'idempotent-replayed': 'true' }),
    },
  });
