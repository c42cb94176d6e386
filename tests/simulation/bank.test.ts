import { bankWorkload } from './bank.ts';
import { describeWorkload } from './quick-tier.ts';

describeWorkload(bankWorkload, { seeds: 400, size: 8, twice: 10, bugs: true });
