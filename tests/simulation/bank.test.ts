import { bankWorkload } from './bank.ts';
import { describeWorkload } from './quick-tier.ts';

describeWorkload(bankWorkload, {
  seeds: 800,
  size: 6,
  twice: 6,
  bugs: ['no key', 'hash ignored', 'no tombstone', 'savepoint leak'],
});
