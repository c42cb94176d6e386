import { logWorkload } from './log.ts';
import { describeWorkload } from './quick-tier.ts';

describeWorkload(logWorkload, {
  seeds: 300,
  size: 3,
  twice: 4,
  bugs: ['publish after the COMMIT', 'parked key overtaken'],
});
