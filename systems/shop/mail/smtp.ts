import { createConnection, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { connect as connectTls } from 'node:tls';
import type { MailRow } from './mail-table.ts';
import { formatMessage } from './message.ts';
import type { SmtpConfig } from './smtp-config.ts';

/** The server will never take this mail (a 5yz reply, RFC 5321 §4.2.1). */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
  readonly code: number;

  constructor(code: number, what: string) {
    super(`The mail server answered ${code} to ${what}.`);
    this.code = code;
  }
}

/** What one conversation may take: a job's run has a minute for all of its mails. */
const TIMEOUT_MS = 20_000;
/** Longer lines are no SMTP (RFC 5321 §4.5.3.1.5 allows 512). */
const LINE_LENGTH_MAX = 2_000;

/**
 * Sends one mail over a connection of its own, as RFC 5321 says, with STARTTLS and AUTH PLAIN.
 * @throws {MailRefused} for good; after any other error another attempt may succeed.
 */
export async function sendBySmtp(config: SmtpConfig, mail: MailRow): Promise<void> {
  let talk = await connect(config, config.tls === 'implicit');
  try {
    await talk.expect('the greeting', 220);
    await talk.ask(`EHLO ${clientName(config)}`, 250);
    if (config.tls === 'required') {
      await talk.ask('STARTTLS', 220);
      talk = await talk.secure(config.host);
      await talk.ask(`EHLO ${clientName(config)}`, 250);
    }
    if (config.user !== undefined) {
      const plain = Buffer.from(`\0${config.user}\0${config.password ?? ''}`).toString('base64');
      await talk.ask(`AUTH PLAIN ${plain}`, 235);
    }
    await talk.ask(`MAIL FROM:<${config.from}>`, 250);
    await talk.ask(`RCPT TO:<${mail.recipient}>`, 250);
    await talk.ask('DATA', 354);
    await talk.ask(`${formatMessage(config.from, mail)}\r\n.`, 250);
    talk.write('QUIT');
  } finally {
    talk.end();
  }
}

interface Talk {
  expect(what: string, code: number): Promise<void>;
  ask(line: string, code: number): Promise<void>;
  write(line: string): void;
  secure(host: string): Promise<Talk>;
  end(): void;
}

function connect({ host, port }: SmtpConfig, secure: boolean): Promise<Talk> {
  return new Promise((resolve, reject) => {
    const ready = () => {
      socket.off('error', reject);
      resolve(createTalk(socket));
    };
    const socket: Socket = secure
      ? connectTls({ host, port, servername: host }, ready)
      : createConnection({ host, port }, ready);
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('The mail server is silent.')));
    socket.once('error', reject);
  });
}

function createTalk(socket: Socket): Talk {
  let problem: Error | undefined;
  socket.on('error', (error) => {
    problem = error;
  });
  const lines: Interface = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  const reading = lines[Symbol.asyncIterator]();
  const write = (line: string) => void socket.write(`${line}\r\n`);
  const expect = async (what: string, code: number) => {
    for (;;) {
      const { value, done } = await reading.next();
      if (done) throw problem ?? new Error('The mail server hung up.');
      const line = String(value).slice(0, LINE_LENGTH_MAX);
      // `250-…` goes on, `250 …` ends the reply.
      if (line[3] === '-') continue;
      const given = Number(line.slice(0, 3));
      if (given === code) return;
      if (given >= 500) throw new MailRefused(given, what);
      throw new Error(`The mail server answered ${given} to ${what}.`);
    }
  };
  return {
    expect,
    write,
    async ask(line, code) {
      write(line);
      // The verb alone: what follows may be an address or a secret.
      await expect(/^[A-Z]+/.exec(line)?.[0] ?? 'the message', code);
    },
    secure(host) {
      lines.close();
      return new Promise((resolve, reject) => {
        const secured = connectTls({ socket, servername: host }, () => {
          secured.off('error', reject);
          resolve(createTalk(secured));
        });
        secured.once('error', reject);
      });
    },
    end: () => socket.end(),
  };
}

function clientName({ from }: SmtpConfig): string {
  return from.slice(from.indexOf('@') + 1);
}
