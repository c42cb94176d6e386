import { describeWorkload } from './quick-tier.ts';
import { shopWorkload } from './shop.ts';

describeWorkload(shopWorkload, { seeds: 20, size: 2, twice: 2, bugs: [] });
