import { cancellation } from './cancellation.ts';
import { checkout } from './checkout.ts';
import { refund, restock } from './refund.ts';

/** What orders do in several services. An order's run one after the other: its id is their queue. */
export const sagas = { checkout, cancellation, refund, restock };
