import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createShop } from '../../systems/shop/system.ts';
import { startShop, type TestShop } from '../shop/kit/shop.ts';

const here = import.meta.dirname;
const isInstalled = existsSync(join(here, 'node_modules/.package-lock.json'));
const isRequired = process.env.PORTICO_REQUIRE_SERVICES === '1';
const skip =
  isInstalled || isRequired ? false : 'the judges are not installed (npm ci in tests/judges)';

describe('the OpenAPI documents of the shop', { skip }, () => {
  let shop: TestShop;
  let directory: string;
  before(async () => {
    shop = await startShop();
    directory = mkdtempSync(join(tmpdir(), 'openapi-'));
    mkdirSync(directory, { recursive: true });
  });
  after(async () => {
    await shop.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Runs the judges on documents that are saved first; gives what they said. */
  const judge = async (documents: ReadonlyMap<string, string>) => {
    const files = [...documents].map(([name, text]) => {
      const file = join(directory, `${name}.json`);
      writeFileSync(file, text);
      return file;
    });
    const child = spawn(process.execPath, [join(here, 'openapi.mjs'), ...files]);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    const status = await new Promise((ended) => child.on('close', ended));
    return { content: status === 0, said };
  };
  const read = async (path: string) => {
    const response = await fetch(`${shop.origin}${path}`);
    assert.equal(response.status, 200, path);
    return response.text();
  };

  it('have no error for Spectral, OWASP or Redocly, and give types that compile', async () => {
    const documents = new Map([['whole', await read('/openapi.json')]]);
    const { apis } = createShop();
    for (const { name } of apis) documents.set(name, await read(`/${name}/v1/openapi.json`));
    assert.ok(apis.length > 0);
    const { content, said } = await judge(documents);
    assert.ok(content, said);
  });

  it('would not please the judges with a planted fault', async () => {
    const document = JSON.parse(await read('/cart/v1/openapi.json'));
    const plant = (change: (copy: typeof document) => void) => {
      const copy = structuredClone(document);
      change(copy);
      return JSON.stringify(copy);
    };
    const planted = new Map([
      [
        'unguarded',
        plant((copy) => {
          copy.paths['/cart/v1/mine/items'].post.security = [];
        }),
      ],
      [
        'repeated',
        plant((copy) => {
          copy.paths['/cart/v1/mine'].get.operationId = 'cart_addItem';
        }),
      ],
      [
        'dangling',
        plant((copy) => {
          copy.paths['/cart/v1/mine'].get.responses['200'].content['application/json'].schema = {
            $ref: '#/components/schemas/Nowhere',
          };
        }),
      ],
    ]);
    const { content, said } = await judge(planted);
    assert.ok(!content);
    assert.match(said, /write-restricted/);
    assert.match(said, /operation-operationId-unique/);
    assert.match(said, /FAIL openapi-typescript dangling\.json/);
  });
});
