import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Identity } from '../contracts/identity.ts';
import { createSkippingHost, type SkippingHost } from '../services/fixtures/skipping-host.ts';
import { createIdentity } from '../services/identity/service.ts';
import { startServices, type TestServices } from '../services/test-services.ts';
import { type SmtpServer, startSmtpServer } from './fixtures/smtp-server.ts';
import { type Mailbox, openMailbox } from './mailbox.ts';

const MINUTE_MS = 60_000;
const password = 'correct horse battery';

describe('mail by SMTP', () => {
  let server: SmtpServer;
  let host: SkippingHost;
  let services: TestServices;
  let mailbox: Mailbox;

  before(async () => {
    server = await startSmtpServer();
    host = createSkippingHost();
    const smtp = { host: '127.0.0.1', port: server.port, tls: 'none', from: 'shop@shop.test' };
    const scrypt = { costLog2: 10, blockSize: 1, parallelization: 1 };
    const config = { identity: { scrypt, smtp } };
    services = await startServices([createIdentity()], { host, config });
    mailbox = openMailbox(services.directory);
  });
  after(async () => {
    mailbox.close();
    await services.stop();
    await server.close();
  });

  const register = (email: string) =>
    services.as(Identity, 'user:nobody').register({ email, password }, { key: email });
  const mailTo = (recipient: string) => mailbox.read().find((mail) => mail.recipient === recipient);
  const takenBy = (recipient: string) =>
    server.taken.filter((mail) => mail.recipient === recipient);

  it('reaches its reader once, with its title and its token', async () => {
    await register('ada@example.com');
    assert.equal(mailTo('ada@example.com')?.state, 'due');
    await host.skip(MINUTE_MS);
    await host.skip(MINUTE_MS);
    const [mail, ...more] = takenBy('ada@example.com');
    assert.ok(mail);
    assert.deepEqual(more, []);
    const title = Buffer.from('Confirm your address').toString('base64');
    assert.equal(mail.headers.get('Subject'), `=?utf-8?B?${title}?=`);
    assert.equal(mail.headers.get('From'), '<shop@shop.test>');
    assert.match(mail.headers.get('Message-ID') ?? '', /^<eml_[0-9a-z]{26}@shop\.test>$/);
    const kept = mailTo('ada@example.com');
    assert.ok(kept && mail.text.includes(kept.token));
    assert.equal(kept.state, 'sent');
  });

  it('is tried again when the server is busy, later each time', async () => {
    server.refusals.push('451 try later', '451 try later');
    await register('bob@example.com');
    for (const [skipMs, isTaken] of [
      [MINUTE_MS, false],
      [2 * MINUTE_MS, false],
      [2 * MINUTE_MS, false],
      [5 * MINUTE_MS, true],
    ] as const) {
      await host.skip(skipMs);
      assert.equal(takenBy('bob@example.com').length, isTaken ? 1 : 0);
    }
    assert.equal(mailTo('bob@example.com')?.state, 'sent');
  });

  it('is given up when the server refuses it for good, and the log names nobody', async () => {
    server.refusals.push('550 no such reader: carol@example.com');
    await register('carol@example.com');
    await host.skip(MINUTE_MS);
    assert.equal(mailTo('carol@example.com')?.state, 'failed');
    const line = services.lines.find(({ message }) => message === 'A mail was not taken.');
    assert.ok(line);
    assert.doesNotMatch(JSON.stringify(services.lines), /carol/);
    await host.skip(24 * 60 * MINUTE_MS);
    assert.deepEqual(takenBy('carol@example.com'), []);
  });
});
