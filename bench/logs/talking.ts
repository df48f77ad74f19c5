import { working } from './work.ts';

/** Says a thousand lines a second. */
export default working('talking', 1000);
