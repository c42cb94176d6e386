import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;
const judges = join(here, '../judges/');

/** Gives the operations that a foreign stack finds in each of these WSDLs. */
export type Loader = (wsdls: readonly string[]) => Promise<readonly (readonly string[])[]>;

const LIMITS = { timeout: 120_000, maxBuffer: 16 * 1024 * 1024 };

async function print(command: string, args: readonly string[]): Promise<string[][]> {
  const { stdout } = await run(command, args, LIMITS);
  return JSON.parse(stdout) as string[][];
}

/** What each stack makes of a WSDL, by the names of `CLIENTS`. */
export const LOADERS = {
  php: (wsdls) => print('php', [join(here, 'load.php'), ...wsdls]),
  zeep: (wsdls) => print('/usr/bin/python3', [join(here, 'load.py'), ...wsdls]),
  npmSoap: (wsdls) => print(process.execPath, [join(here, 'load.mjs'), judges, ...wsdls]),
  // Made into C as its users do; the compiler finds what the stubs lack.
  async gsoap(wsdls) {
    const found = [];
    for (const wsdl of wsdls) {
      const directory = mkdtempSync(join(tmpdir(), 'portico-gsoap-'));
      const inside = (name: string) => join(directory, name);
      try {
        await run('wsdl2h', ['-c', '-o', inside('api.h'), wsdl], LIMITS);
        await run('soapcpp2', ['-C', '-c', '-x', '-L', '-d', directory, inside('api.h')], LIMITS);
        const sources = [inside('soapC.c'), inside('soapClient.c')];
        await run('gcc', ['-fsyntax-only', '-w', `-I${directory}`, ...sources], LIMITS);
        const stubs = readFileSync(inside('soapStub.h'), 'utf8');
        // The second binding's calls have an underscore after their names.
        const calls = stubs.matchAll(/\bsoap_call___\w+?__(\w+?)_?\(/g);
        found.push([...new Set([...calls].flatMap(([, name]) => name ?? []))]);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    }
    return found;
  },
} satisfies Record<string, Loader>;
