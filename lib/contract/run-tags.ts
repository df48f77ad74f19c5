import * as z from 'zod';

const MOST_TAGS = 20;
const LONGEST_TAG = 60;
const WORD = /^[a-z0-9][a-z0-9._:/-]*$/;

/** A word that a run is found by. */
export const Tag = z
  .string()
  .max(LONGEST_TAG, `a tag has ${LONGEST_TAG} characters at most`)
  .regex(WORD, 'a tag is lower-case letters, digits and . _ : / -, and begins with a letter or digit');

/** The tags of a run or of a pipeline. */
export const Tags = z.array(Tag).max(MOST_TAGS, `there are ${MOST_TAGS} tags at most`);
