import type { Refusal } from '../pipeline/task.ts';
import type { Books } from './books.ts';

/** A batch that is not to be committed, although nothing failed: what it noted is brought to RunLog before it is undone. */
export class Aborted extends Error {
  readonly refusal: Refusal;
  readonly books: Books;
  constructor(refusal: Refusal, books: Books) {
    super(refusal.message);
    this.refusal = refusal;
    this.books = books;
  }
}
