import { system } from '@portico/system';
import { counter } from './counter.ts';
import { stock } from './stock.ts';

/** Two services. Apps come in with keys of their own: `npm run portico -- keys create …`. */
export default system({
  name: 'hello',
  services: [stock, counter],
  gateway: { issuers: [], roles: {} },
});
