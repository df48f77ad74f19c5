import { notFound } from '../http/problem.ts';

/** No letter has the number 0. */
const NONE = 0;

/** The number in `/dead-letters/:id`. */
export const letterIdOf = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : NONE);

export const unknownLetter = (text: string) => notFound(`There is no dead letter "${text.slice(0, 40)}".`);
