import { working } from './work.ts';

/** Says nothing. */
export default working('silent', 0);
