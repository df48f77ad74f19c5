import { createHash, randomUUID } from 'node:crypto';

/** Names of KubeScribe's runs within UUID version 5. */
const NAMESPACE = Buffer.from('6f1c0d9e2b7a4c35a0e85d3b9c41f277', 'hex');

/** The same words give the same run id for ever. */
export function runIdOf(...words: [string, ...string[]]): string {
  const hash = createHash('sha1').update(NAMESPACE).update(words.join('\n')).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

export const randomRunId = () => randomUUID();
