// The shop as its processes load it when faults are ordered from outside: a replica obeys what is written into
// its own working directory, and removes it when it has done so.
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createHost } from '@portico/host';
import { createProcessEffects } from '../../../systems/shop/faults/process-faults.ts';
import { createSwitches } from '../../../systems/shop/faults/switches.ts';
import shop from '../../../systems/shop/system.ts';
import { ORDER_FILE, type Order } from './orders.ts';

const LOOK_MS = 50;

// The supervisor loads the same module, and is told nothing.
if (process.env.SHOP_OBEYS) obey();

export default shop;

function obey(): void {
  const host = createHost();
  const switches = createSwitches(host, createProcessEffects(host));
  const accepted = new Set<Socket>();
  subscribe('net.server.socket', (message) => {
    const { socket } = message as { readonly socket: Socket };
    accepted.add(socket);
    socket.once('close', () => accepted.delete(socket));
  });
  setInterval(() => {
    if (!existsSync(ORDER_FILE)) return;
    const order = JSON.parse(readFileSync(ORDER_FILE, 'utf8')) as Order;
    if (order.do === 'hang up') for (const socket of accepted) socket.destroy();
    else switches.on(order.do, order.settings, order.forMs);
    rmSync(ORDER_FILE);
  }, LOOK_MS).unref();
}
