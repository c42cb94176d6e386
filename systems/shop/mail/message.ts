import type { MailRow } from './mail-table.ts';

/** Base64 lines have 76 characters at most (RFC 2045 §6.8). */
const LINE_LENGTH = 76;

/**
 * A mail as RFC 5322 and MIME write it. Title and text are base64, so no line of theirs can be a header, or
 * the dot that ends a message.
 */
export function formatMessage(from: string, mail: MailRow): string {
  const domain = from.slice(from.indexOf('@') + 1);
  const text = Buffer.from(mail.text ?? '', 'utf8').toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [
    `From: <${from}>`,
    `To: <${mail.recipient}>`,
    `Subject: =?utf-8?B?${Buffer.from(mail.title ?? '', 'utf8').toString('base64')}?=`,
    `Date: ${new Date(mail.created_at).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${mail.mail_id}@${domain}>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...lines,
  ].join('\r\n');
}
