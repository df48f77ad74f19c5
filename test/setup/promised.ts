/** Holds every answer in the tests to the contract. */
import { expect } from 'vitest';
import { answerFaults } from './answer-faults.ts';

type Asking = (path: string, init?: RequestInit) => Promise<Response>;

/** The same door, whose answers must be as promised; a body is read by a copy. */
export function held(ask: Asking): Asking {
  return async (path, init) => {
    const response = await ask(path, init);
    const method = init?.method ?? 'GET';
    const faults = await answerFaults({ method, path, response });
    expect(faults, `${method} ${path} answers ${response.status}`).toEqual([]);
    return response;
  };
}
