import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;
const judges = join(here, '../judges/');

/** A SOAP stack of someone else that is given the WSDL and nothing else. */
export interface ForeignClient {
  readonly name: string;
  /** Why it can't run on this machine, if it can't. */
  missing(): Promise<string | undefined>;
  /** Runs all exchanges with `version`; gives what the client printed. */
  exchange(wsdl: string, version: '1' | '2'): Promise<string>;
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return await run(command, args).then(
    () => true,
    () => false,
  );
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(command, args, { timeout: 60_000 });
  return stdout;
}

const php: ForeignClient = {
  name: 'PHP SoapClient',
  async missing() {
    const isThere = await succeeds('php', ['-r', 'exit(class_exists("SoapClient") ? 0 : 1);']);
    return isThere ? undefined : 'php with the soap extension is not installed (php-soap)';
  },
  exchange: (wsdl, version) => output('php', [join(here, 'client.php'), wsdl, version]),
};

const zeep: ForeignClient = {
  name: 'zeep',
  async missing() {
    const isThere = await succeeds('/usr/bin/python3', ['-c', 'import zeep']);
    return isThere ? undefined : 'zeep is not installed (python3-zeep)';
  },
  exchange: (wsdl, version) => output('/usr/bin/python3', [join(here, 'client.py'), wsdl, version]),
};

const npmSoap: ForeignClient = {
  name: 'npm soap',
  async missing() {
    const isThere = existsSync(join(judges, 'node_modules/soap/package.json'));
    return isThere ? undefined : 'npm soap is not installed (npm ci in tests/judges)';
  },
  exchange: (wsdl, version) =>
    output(process.execPath, [join(here, 'client.mjs'), wsdl, version, judges]),
};

const gsoap: ForeignClient = {
  name: 'gSOAP',
  async missing() {
    const found = [
      await succeeds('soapcpp2', ['-V']),
      await succeeds('gcc', ['--version']),
      existsSync('/usr/include/stdsoap2.h'),
    ];
    return found.every(Boolean) ? undefined : 'gSOAP is not installed (gsoap, libgsoap-dev, gcc)';
  },
  async exchange(wsdl, version) {
    const directory = mkdtempSync(join(tmpdir(), 'portico-gsoap-'));
    const inside = (name: string) => join(directory, name);
    try {
      await output('wsdl2h', ['-c', '-o', inside('interop.h'), wsdl]);
      const generate = [
        '-C',
        '-c',
        '-x',
        '-L',
        `-${version}`,
        '-d',
        directory,
        inside('interop.h'),
      ];
      await output('soapcpp2', generate);
      const sources = [join(here, 'client.c'), inside('soapC.c'), inside('soapClient.c')];
      await output('gcc', ['-w', `-I${directory}`, '-o', inside('client'), ...sources, '-lgsoap']);
      return await output(inside('client'), [wsdl.replace('?wsdl', ''), version]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

/** The stacks that judge our WSDL and our envelopes. */
export const CLIENTS = { php, zeep, npmSoap, gsoap };
