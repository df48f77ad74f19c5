/** What one door of the HTTP API promises: how it is asked, and every answer that it gives. */
import type * as z from 'zod';
import type { AnswerHeader } from './answer-headers.ts';
import type { Tag } from './tags.ts';

/** An answer under one status. */
type Promised = {
  says: string;
  /** Its JSON; without one the answer has no body, or the body is no JSON. */
  body?: z.ZodType;
  /** What it is instead of JSON, e.g. `text/html`. */
  media?: string;
  /** What it is instead when that is asked for, e.g. `text/csv`. */
  orMedia?: string;
  /** The headers that it may carry beside those of every answer. */
  headers?: readonly AnswerHeader[];
};

export type Operation = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** A path whose segments may be `:name`; `segments` says what they are. */
  path: `/${string}`;
  tag: Tag;
  /** Unique among all; the name of the method in a generated client. */
  id: string;
  summary: string;
  /** What a caller must know beyond the summary; Markdown. */
  detail?: string;
  /** What the `:name`s of the path must be. */
  segments?: z.ZodObject;
  query?: z.ZodObject;
  /** Request headers that mean something here, by lower-case name; others are let be. */
  headers?: z.ZodObject;
  /** Strict, with optional members only where no body will do. */
  body?: z.ZodObject;
  /** What each line of a body of JSON lines must be; the door reads them itself. */
  lines?: z.ZodObject;
  /**
   * By status. Problems (4xx, 5xx) need only be named: all have the one shape. Not named need be what every door may
   * answer: 400 where there is something to read, 413 and 415 where there is a body, 500, 503.
   */
  answers: Readonly<Record<number, Promised>>;
};

/** Keeps what an operation is in its type, from which handlers and clients are typed. */
export const operation = <const O extends Operation>(promised: O): O => promised;
