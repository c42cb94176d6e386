import { jobsWorkload } from './jobs.ts';
import { describeWorkload } from './quick-tier.ts';

describeWorkload(jobsWorkload, {
  seeds: 200,
  size: 3,
  twice: 3,
  bugs: ['no lease', 'owner only at boot'],
});
