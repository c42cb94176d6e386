import { checkoutWorkload } from './checkout.ts';
import { describeWorkload } from './quick-tier.ts';

describeWorkload(checkoutWorkload, { seeds: 150, size: 5, twice: 10 });
