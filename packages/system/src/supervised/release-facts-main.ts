// Prints what the release whose module is its argument provides and was written against.
import { toContractJson } from '@portico/contract';
import { importSystem } from './load-system.ts';
import { toFacts } from './release-facts.ts';

const system = await importSystem(process.argv[2] ?? '');
process.stdout.write(JSON.stringify(toFacts(system, toContractJson)));
