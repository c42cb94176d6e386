import { type Service, service } from '@portico/service';
import { Identity } from '../../contracts/identity.ts';
import { Notifications } from '../../contracts/notifications.ts';
import { Orders } from '../../contracts/orders.ts';
import { deliverMail } from '../../mail/deliver.ts';
import { config, uses } from './context.ts';
import { tellCustomer, tellOwner } from './hearing.ts';
import { exportFacts, exportSubject, listMessages } from './lists.ts';
import { eraseSubject } from './personal-data.ts';
import { setSuppression } from './suppressions.ts';
import { sweepMail } from './sweep.ts';
import { store } from './tables.ts';

/** What customers are told: one message per event and channel. */
export const notifications: Service<typeof Notifications> = service(Notifications)({
  uses,
  hears: { identity: Identity, orders: Orders },
  store,
  config,
  operations: { listMessages, setSuppression, exportSubject, eraseSubject, exportFacts },
  on: {
    identity: { EmailVerified: tellOwner },
    orders: {
      OrderConfirmed: tellCustomer('orderConfirmed'),
      OrderFailed: tellCustomer('orderFailed'),
      OrderCancelled: tellCustomer('orderCancelled'),
      OrderShipped: tellCustomer('orderShipped'),
      OrderDelivered: tellCustomer('orderDelivered'),
      OrderReturned: tellCustomer('orderReturned'),
      OrderRefunded: tellCustomer('orderRefunded'),
    },
  },
  every: { '30s': deliverMail, '1h': sweepMail },
});
