import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** What the server does with a mail: takes it, refuses it with a code, falls silent, hangs up after the final dot. */
type Mood = 'take' | { refuse: number; at: 'rcpt' | 'data' } | 'silent' | 'silent after data' | 'cut';

type Received = Email & {
  envelopeTo: string[];
  raw: string;
  header(name: string): string | undefined;
};

export type Mailbox = {
  url: string;
  /** Every mail whose final dot came, whatever the server said to it. */
  mails: Received[];
  /** Connections so far, and how many were open together at most. */
  connections(): { all: number; together: number };
  become(mood: Mood): void;
  stop(): Promise<void>;
};

/** A real SMTP server on a free port that keeps what it gets. */
export async function openMailbox(): Promise<Mailbox> {
  let mood: Mood = 'take';
  const connections = { all: 0, together: 0 };
  const mails: Received[] = [];
  const sockets = new Set<Socket>();
  const refusal = (responseCode: number) => Object.assign(new Error('not here'), { responseCode });

  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onRcptTo(_address, _session, answer) {
      if (mood === 'silent') return;
      answer(typeof mood === 'object' && mood.at === 'rcpt' ? refusal(mood.refuse) : null);
    },
    async onData(stream, session, answer) {
      const raw = await text(stream);
      const email = await PostalMime.parse(raw);
      const header = (name: string) => email.headers.find(({ key }) => key === name)?.value;
      mails.push({
        ...email,
        raw,
        header,
        envelopeTo: session.envelope.rcptTo.map(({ address }) => address),
      });
      if (mood === 'cut') for (const socket of sockets) socket.destroy();
      else if (mood !== 'silent after data') answer(typeof mood === 'object' ? refusal(mood.refuse) : null);
    },
  });
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    connections.all++;
    connections.together = Math.max(connections.together, sockets.size);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    connections: () => connections,
    become(next) {
      mood = next;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
