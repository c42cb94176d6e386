import { checkOut } from './checkout.ts';
import type { PlannedAction } from './plan.ts';
import { findText } from './soap.ts';
import type { Visitor } from './visitor.ts';

/** Carries out one action. What is measured ends with it; what a checkout needs afterwards comes back. */
export async function act(
  visitor: Visitor,
  action: PlannedAction,
): Promise<(() => Promise<void>) | undefined> {
  const { world } = visitor.around;
  const { kind, choice, soap } = action;
  if (kind === 'signIn') {
    const body = world.customer(visitor.customer);
    await visitor.ask('identity.signIn', '/identity/v1/sessions', { method: 'POST', body });
  }
  if (kind === 'browse') {
    const { categories } = world;
    const category = categories[Math.floor(choice * categories.length)];
    await list(visitor, soap, { category, limit: 20 });
  }
  if (kind === 'search') await list(visitor, soap, { q: world.word(choice), limit: 20 });
  if (kind === 'product') {
    const { productId } = world.product(choice);
    if (soap) await visitor.soap('catalog.getProduct', { productId });
    else await visitor.ask('catalog.getProduct', `/catalog/v1/products/${productId}`);
  }
  if (kind === 'add') await add(visitor, action);
  if (kind === 'cart') {
    await visitor.identify();
    if (soap) await visitor.soap('cart.getCart', {});
    else await visitor.ask('cart.getCart', '/cart/v1/mine');
  }
  if (kind === 'status') await readStatus(visitor, soap);
  return kind === 'checkout' ? checkOut(visitor, action) : undefined;
}

async function list(
  visitor: Visitor,
  soap: boolean,
  input: { readonly q?: string; readonly category?: string | undefined; readonly limit: number },
): Promise<void> {
  if (soap) {
    await visitor.soap('catalog.listProducts', input);
    return;
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined) query.set(name, String(value));
  }
  await visitor.ask('catalog.listProducts', `/catalog/v1/products?${query}`);
}

async function add(visitor: Visitor, { choice, soap }: PlannedAction): Promise<void> {
  await visitor.identify();
  const body = { sku: visitor.around.world.sku(choice), quantity: 1 };
  const key = visitor.key();
  if (soap) {
    await visitor.soap('cart.addItem', body, key);
    return;
  }
  const headers = { 'idempotency-key': key };
  await visitor.ask('cart.addItem', '/cart/v1/mine/items', { method: 'POST', body, headers });
}

/** The order just placed, or all orders of a visitor who has placed none. */
async function readStatus(visitor: Visitor, soap: boolean): Promise<void> {
  await visitor.identify();
  const { orderId } = visitor;
  if (!orderId) {
    await visitor.ask('orders.listOrders', '/orders/v1/orders');
    return;
  }
  const { answers } = visitor.around;
  if (soap) {
    const { body } = await visitor.soap('orders.getOrder', { orderId });
    answers.seen(orderId, findText(body, 'state'));
    return;
  }
  const { body } = await visitor.ask('orders.getOrder', `/orders/v1/orders/${orderId}`);
  answers.seen(orderId, (body as { state?: string } | undefined)?.state);
}
