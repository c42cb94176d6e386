import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createHost } from '@portico/host';
import { startTestSystem, type TestSystem } from '@portico/testing';
import { seedGoods } from '../../systems/shop/seed/seed.ts';
import { createShop } from '../../systems/shop/system.ts';
import { type Psp, startPsp } from './kit/psp.ts';
import { CHEAP_HASHES } from './kit/shop.ts';

const run = promisify(execFile);
const required = process.env.PORTICO_REQUIRE_SERVICES === '1';

/** What the README shows, and what it needs on the machine. */
const samples = [
  { program: 'bash', file: 'purchase.sh', check: ['bash', '-c', 'command -v curl'] },
  {
    program: 'php',
    file: 'purchase.php',
    check: ['php', '-r', "exit(class_exists('SoapClient') ? 0 : 1);"],
  },
  {
    program: '/usr/bin/python3',
    file: 'purchase.py',
    check: ['/usr/bin/python3', '-c', 'import zeep'],
  },
];

describe("the README's purchases", () => {
  let shop: TestSystem;
  let psp: Psp;
  let directory: string;
  before(async () => {
    const { clock } = createHost();
    directory = mkdtempSync(join(tmpdir(), 'shop-'));
    psp = await startPsp(directory, () => clock.now());
    shop = await startTestSystem(
      createShop({ psp: { url: psp.url }, identity: { scrypt: CHEAP_HASHES } }),
      { directory },
    );
    psp.sendEventsTo(shop.origins.public);
    await seedGoods(shop.runtime);
  });
  after(async () => {
    await shop.stop();
    await psp.close();
    rmSync(directory, { recursive: true, force: true });
  });

  for (const { program, file, check } of samples) {
    it(`${file} buys something`, async (test) => {
      const [command = '', ...parameters] = check;
      const present = await run(command, parameters).then(
        () => true,
        () => false,
      );
      if (!present && !required) return test.skip(`${program} lacks what it needs`);
      const path = new URL(`../../systems/shop/samples/${file}`, import.meta.url).pathname;
      const { stdout } = await run(program, [path, shop.origins.public]);
      assert.match(stdout, /order ord_\w+: confirmed, (authorized|paid), 44\.80? EUR/);
    });
  }
});
