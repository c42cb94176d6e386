import { bankWorkload } from './bank.ts';
import { describeWorkload } from './quick-tier.ts';

describeWorkload(bankWorkload, { seeds: 600, size: 12, twice: 20 });
