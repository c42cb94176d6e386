// The limit: an async function that does the same work without any platform.
import { measureCalls } from './call-rate.ts';

async function getStock(input: { sku: string; quantity: number }) {
  return { sku: input.sku, available: input.quantity + 1, low: false };
}

await measureCalls((index) => getStock({ sku: 'HOSE-15', quantity: index & 1023 }));
