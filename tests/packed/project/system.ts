import { system } from '@portico/system';
import { greeter } from './service.ts';

export default system({
  name: 'hello',
  services: [greeter],
  gateway: { issuers: [], roles: {} },
});
