import { checkoutWorkload } from './checkout.ts';
import { describeWorkload } from './quick-tier.ts';

describeWorkload(checkoutWorkload, {
  seeds: 250,
  size: 3,
  twice: 3,
  bugs: ['no compensation', 'savepoint leak'],
});
