import { service } from '@portico/service';
import { Cart } from '../../contracts/cart.ts';
import { expireCarts } from './carts.ts';
import { closeCart, getCheckoutCart } from './checkout.ts';
import { uses } from './context.ts';
import { exportFacts } from './facts.ts';
import { mergeGuestCart } from './merge.ts';
import { addItem, clearCart, getCart, removeItem, setQuantity } from './mine.ts';
import { eraseSubject, exportSubject } from './personal-data.ts';
import { store } from './tables.ts';

/**
 * What somebody means to buy: one open cart per subject, guests included. Prices are asked of the catalog
 * whenever a cart is shown, so its events need no handler here.
 */
export const cart = service(Cart)({
  uses,
  store,
  operations: {
    getCart,
    addItem,
    setQuantity,
    removeItem,
    clearCart,
    mergeGuestCart,
    getCheckoutCart,
    closeCart,
    exportSubject,
    eraseSubject,
    exportFacts,
  },
  every: { '5m': expireCarts },
});
