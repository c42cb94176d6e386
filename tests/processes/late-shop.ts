// The shop as its processes load it when every event is to be far behind from the start.
import { createHost } from '@portico/host';
import { FAULT_FOR_MAX_MS } from '../../systems/shop/faults/catalogue.ts';
import { createSwitches } from '../../systems/shop/faults/switches.ts';
import { createShop, identityOf, pspOf } from '../../systems/shop/system.ts';

const LAG_MS = 25_000;

const faults = createSwitches(createHost());
faults.on('events.lag', { ms: LAG_MS }, FAULT_FOR_MAX_MS);

export default createShop({
  faults,
  psp: pspOf(process.env),
  identity: identityOf(process.env),
});
