import { formatMoney, type Money } from '../../money.ts';
import type { Template } from './tables.ts';

/** What templates know: of the event, and of its reader. */
export interface TemplateFields {
  readonly name?: string | undefined;
  readonly orderId?: string | undefined;
  readonly total?: Money | undefined;
  readonly refunded?: Money | undefined;
  readonly reason?: string | undefined;
}

/** A message as its reader sees it. */
export interface Words {
  readonly title: string;
  readonly text: string;
}

/** Why an order failed, for its customer. */
const REASONS: Readonly<Record<string, string>> = {
  OutOfStock: 'Somebody else was faster, and there are not enough pieces left.',
  PaymentDeclined: 'Your bank declined the payment.',
  PaymentExpired: 'The payment was not confirmed in time.',
  ProviderUnavailable: 'The payment provider could not be reached.',
};

const TEMPLATES: Readonly<Record<Template, (fields: TemplateFields) => Words>> = {
  orderConfirmed: ({ orderId, total }) => ({
    title: 'Your order is confirmed',
    text: `Thank you for your order ${orderId}${total ? ` of ${formatMoney(total)}` : ''}. We pack it now, and write again when it is on its way.`,
  }),
  orderFailed: ({ orderId, reason = '' }) => ({
    title: 'Your order came to nothing',
    text: `Your order ${orderId} could not be carried out. ${REASONS[reason] ?? 'Something took too long.'} Nothing was charged, and your cart is as it was.`,
  }),
  orderCancelled: ({ orderId }) => ({
    title: 'Your order was cancelled',
    text: `Your order ${orderId} was cancelled. What you have paid is given back.`,
  }),
  orderShipped: ({ orderId }) => ({
    title: 'Your parcel is on its way',
    text: `A parcel of your order ${orderId} is on its way to you.`,
  }),
  orderDelivered: ({ orderId }) => ({
    title: 'Your order has arrived',
    text: `All parcels of your order ${orderId} have arrived. If something is not right, send it back within 30 days.`,
  }),
  orderReturned: ({ orderId }) => ({
    title: 'Your return has reached us',
    text: `Pieces of your order ${orderId} are back with us. What they cost is given back apart.`,
  }),
  orderRefunded: ({ orderId, refunded }) => ({
    title: 'Money is on its way back to you',
    text: `For your order ${orderId} we have given back ${refunded ? formatMoney(refunded) : 'money'} in all.`,
  }),
  emailVerified: () => ({
    title: 'Your address is confirmed',
    text: 'You have confirmed this address. Orders that you placed with it as a guest are in your account now.',
  }),
};

/** A template filled in. */
export function formatWords(template: Template, fields: TemplateFields): Words {
  const { title, text } = TEMPLATES[template](fields);
  const greeting = fields.name === undefined ? 'Hello,' : `Hello ${fields.name},`;
  return { title, text: `${greeting}\n\n${text}\n\nThe shop\n` };
}
