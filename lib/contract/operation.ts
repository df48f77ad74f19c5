/** What one door of the HTTP API promises: how it is asked, and every answer that it gives. */
import type * as z from 'zod';

/** An answer under one status. */
type Promised = {
  says: string;
  /** Its JSON; without one the answer has no body, or the body is no JSON. */
  body?: z.ZodType;
  /** What it is instead of JSON, e.g. `text/html`. */
  media?: string;
  /** The headers that it may carry beside those of every answer. */
  headers?: readonly ('location' | 'link' | 'etag' | 'retry-after' | 'preference-applied')[];
};

export type Operation = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** A path whose segments may be `:name`. */
  path: `/${string}`;
  /** Unique among all; the name of the method in a generated client. */
  id: string;
  summary: string;
  /** What a caller must know beyond the summary; Markdown. */
  detail?: string;
  query?: z.ZodObject;
  /** Request headers that mean something here, by lower-case name. */
  headers?: z.ZodObject;
  body?: z.ZodType;
  /** By status. Problems (4xx, 5xx) need only be named: all have the one shape. */
  answers: Readonly<Record<number, Promised>>;
};

/** Keeps what an operation is in its type, from which handlers and clients are typed. */
export const operation = <const O extends Operation>(promised: O): O => promised;
