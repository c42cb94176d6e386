/**
 * Consumer → the events it hears. Positions pass over what nobody hears in their own time, so only these
 * tell whether something is left to hear. A test holds the list against what the services declare.
 */
export const HEARD: Readonly<Record<string, readonly string[]>> = {
  customers: ['identity.AccountRegistered'],
  inventory: ['catalog.ProductPublished', 'catalog.ProductChanged'],
  notifications: [
    'identity.EmailVerified',
    ...['OrderConfirmed', 'OrderFailed', 'OrderCancelled', 'OrderShipped', 'OrderDelivered'].map(
      (event) => `orders.${event}`,
    ),
    ...['orders.OrderReturned', 'orders.OrderRefunded'],
  ],
  orders: ['identity.EmailVerified', 'payments.PaymentAuthorized', 'payments.PaymentDeclined'],
};
