// The system of `rest-remote`, as its processes load it.
import { system } from '@portico/system';
import { stock } from '../stock.ts';

export default system({ name: 'bench', services: [stock], gateway: { issuers: [], roles: {} } });
