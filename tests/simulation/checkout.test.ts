import { checkoutWorkload } from './checkout.ts';
import { describeWorkload } from './quick-tier.ts';

// Bugs of sagas need more seeds than this tier has time for.
describeWorkload(checkoutWorkload, { seeds: 150, size: 4, twice: 5, bugs: false });
