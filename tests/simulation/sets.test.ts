import { describeWorkload } from './quick-tier.ts';
import { setsWorkload } from './sets.ts';

describeWorkload(setsWorkload, {
  seeds: 500,
  size: 8,
  twice: 4,
  bugs: ['answer before group COMMIT'],
});
