// The shop's services as the peers of `start` get them: as many services and operations as the shop
// has, each operation with a validated input of three fields. Without data stores, which the shop opens.
export const services = [
  'identity',
  'customers',
  'catalog',
  'inventory',
  'cart',
  'orders',
  'payments',
];

/** The shop's contracts define about this many operations per service. */
export const OPERATIONS = 12;
