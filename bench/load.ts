/** A client that asks as fast as it is answered: `node bench/load.ts PORT PATH CONNECTIONS MILLISECONDS` prints answers a second. */
import { connect } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/** Bytes of the first answer in what has arrived; undefined while it is not whole. */
function lengthOf(data: Buffer): number | undefined {
  const body = data.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
  if (body < END_OF_HEAD.length) return undefined;
  const head = data.toString('latin1', 0, body);
  if (!head.startsWith('HTTP/1.1 200')) throw new Error(`Answered ${head.slice(0, 12)}.`);
  const length = /\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return body + Number(length) <= data.length ? body + Number(length) : undefined;
  const last = data.indexOf(LAST_CHUNK, body);
  return last < 0 ? undefined : last + LAST_CHUNK.length;
}

/** One connection that is kept: the next request goes out when the answer has come. */
function ask(port: number, path: string, over: () => boolean, onAnswer: () => void): Promise<void> {
  const message = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(message));
    let data: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      data = data.length === 0 ? chunk : Buffer.concat([data, chunk]);
      const length = lengthOf(data);
      if (length === undefined) return;
      data = data.subarray(length);
      onAnswer();
      if (over()) socket.end();
      else socket.write(message);
    });
    socket.on('error', reject).on('close', () => resolve());
  });
}

if (import.meta.main) {
  const [port = 0, , connections = 1, duration = 1000] = process.argv.slice(2).map(Number);
  const path = process.argv[3] ?? '/';
  const began = performance.now();
  let answers = 0;
  const over = () => performance.now() - began > duration;
  const asking = Array.from({ length: connections }, () => ask(port, path, over, () => answers++));
  await Promise.all(asking);
  process.stdout.write(`${(answers * 1000) / (performance.now() - began)}\n`);
}
