import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openMailbox } from './mail/mailbox.ts';

/** How `mailbox` is called. */
export const MAILBOX_USAGE = 'mailbox [--stores DIR] [--to ADDRESS] [--limit 20] [--json]';

const SHOWN_DEFAULT = '20';

/** `shop mailbox`: the mails that the shop keeps instead of sending, the newest first. */
export async function mailbox(parameters: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      stores: { type: 'string', default: '.portico' },
      to: { type: 'string' },
      limit: { type: 'string', default: SHOWN_DEFAULT },
      json: { type: 'boolean', default: false },
    },
  });
  const limit = Number(values.limit);
  if (!Number.isSafeInteger(limit) || limit < 1) throw new Error('--limit is a number from 1.');
  const data = join(values.stores, 'data');
  if (!existsSync(join(data, 'identity', 'store.db'))) {
    throw new Error(
      `There is no shop's data in ${values.stores}. Start the shop, or name its directory.`,
    );
  }
  const box = openMailbox(data);
  try {
    const wanted = values.to?.toLowerCase();
    const mails = box
      .read()
      .filter(({ recipient }) => wanted === undefined || recipient.toLowerCase() === wanted);
    const shown = mails.slice(0, limit);
    if (values.json) {
      console.log(JSON.stringify(shown, null, 2));
      return 0;
    }
    for (const { at, recipient, template, title, token, state } of shown) {
      const sent = state === 'kept' ? '' : `  (${state})`;
      console.log(`${new Date(at).toISOString()}  ${template.padEnd(14)}  ${recipient}${sent}`);
      console.log(`  ${token ? `token ${token}` : title}`);
    }
    console.log(`${shown.length} of ${mails.length} mails`);
    return 0;
  } finally {
    box.close();
  }
}
