import { logWorkload } from './log.ts';
import { describeWorkload } from './quick-tier.ts';

describeWorkload(logWorkload, { seeds: 150, size: 4, twice: 5, bugs: true });
