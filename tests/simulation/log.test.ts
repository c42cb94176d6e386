import { logWorkload } from './log.ts';
import { describeWorkload } from './quick-tier.ts';

describeWorkload(logWorkload, { seeds: 150, size: 6, twice: 10 });
