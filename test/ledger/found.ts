/** Seeds that once showed a fault, of the code or of the model: played again for ever. */
export const found: { seed: number; path?: string; because: string }[] = [];
