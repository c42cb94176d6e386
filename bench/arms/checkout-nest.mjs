// `PORT PSP DIRECTORY`: the six services on NestJS with Fastify in one process, a module each; services that call
// each other are injected, as NestJS has it, so such a call is a method call and nothing is validated there.
// Bodies are validated by its ValidationPipe. Decorators are applied by hand: Node strips types, it does not
// compile decorators; what runs is the same.
import 'reflect-metadata';
import {
  Body,
  Catch,
  Controller,
  Get,
  Headers,
  Inject,
  Module,
  Param,
  Post,
  Query,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { IsEmail, IsIn, IsInt, IsString, Length, Max, Min, ValidateNested } from 'class-validator';
import { createCatalog, createInventory } from './checkout-plain-goods.ts';
import { createOrders, createPayments } from './checkout-plain-orders.ts';
import { createCart, createIdentity } from './checkout-plain-people.ts';
import { Refusal } from './checkout-plain-store.ts';

const [port = '0', psp = '', directory = ''] = process.argv.slice(2);

const sku = [IsString(), Length(2, 40)];
const text = (max) => [IsString(), Length(1, max)];
const whole = (min, max) => [IsInt(), Min(min), Max(max)];
const nested = (of) => [ValidateNested(), Type(() => of)];

class AddItem {}
check(AddItem, { sku, quantity: whole(1, 99) });
class Money {}
check(Money, { amount: whole(0, 1e12), currency: [IsIn(['EUR'])] });
class Contact {}
check(Contact, { name: text(200), email: [IsEmail()] });
class Address {}
check(Address, {
  ...{ name: text(200), line1: text(200), postalCode: text(20), city: text(100) },
  country: [IsString(), Length(2, 2)],
});
class PlaceOrder {}
check(PlaceOrder, {
  cartVersion: whole(0, 1e9),
  expectedTotal: nested(Money),
  contact: nested(Contact),
  shippingAddress: nested(Address),
  paymentToken: text(200),
});

class IdentityController {
  constructor(identity) {
    this.identity = identity;
  }
  startGuest() {
    return this.identity.startGuest();
  }
}
class CartController {
  constructor(identity, cart) {
    Object.assign(this, { identity, cart });
  }
  addItem(authorization, body) {
    return this.cart.addItem({ ...body, subject: this.identity.authenticate(authorization) });
  }
}
class OrdersController {
  constructor(identity, orders) {
    Object.assign(this, { identity, orders });
  }
  getQuote(authorization, country) {
    return this.orders.getQuote({ country, subject: this.identity.authenticate(authorization) });
  }
  placeOrder(authorization, body) {
    return this.orders.placeOrder({ ...body, subject: this.identity.authenticate(authorization) });
  }
  getOrder(authorization, orderId) {
    return this.orders.getOrder({ orderId, subject: this.identity.authenticate(authorization) });
  }
}
const caller = [Headers('authorization'), String];
control('identity/v1', IdentityController, ['identity']);
route(IdentityController, Post('guests'), 'startGuest');
control('cart/v1', CartController, ['identity', 'cart']);
route(CartController, Post('mine/items'), 'addItem', caller, [Body(), AddItem]);
control('orders/v1', OrdersController, ['identity', 'orders']);
route(OrdersController, Get('quote'), 'getQuote', caller, [Query('country'), String]);
route(OrdersController, Post('orders'), 'placeOrder', caller, [Body(), PlaceOrder]);
route(OrdersController, Get('orders/:orderId'), 'getOrder', caller, [Param('orderId'), String]);

const identity = module('identity', () => createIdentity(directory), {
  controllers: [IdentityController],
});
const catalog = module('catalog', () => createCatalog(directory));
const inventory = module('inventory', () => createInventory(directory));
const payments = module('payments', () => createPayments(directory, psp));
const cart = module('cart', (goods) => createCart(directory, goods), {
  controllers: [CartController],
  imports: [identity, catalog],
  inject: ['catalog'],
});
const orders = module(
  'orders',
  (...[own, goods, stock, money]) =>
    createOrders(directory, { cart: own, catalog: goods, inventory: stock, payments: money }),
  {
    controllers: [OrdersController],
    imports: [identity, cart, catalog, inventory, payments],
    inject: ['cart', 'catalog', 'inventory', 'payments'],
  },
);
class AppModule {}
Module({ imports: [identity, catalog, inventory, payments, cart, orders] })(AppModule);

class RefusalFilter {
  catch(refusal, host) {
    const { code, message } = refusal;
    host.switchToHttp().getResponse().code(code).send({ statusCode: code, message });
  }
}
Catch(Refusal)(RefusalFilter);

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
app.useGlobalFilters(new RefusalFilter());
await app.listen(Number(port), '127.0.0.1');
console.log(JSON.stringify({ port: Number(port) }));
process.on('SIGTERM', () => process.exit(0));

function check(type, fields) {
  for (const [field, decorators] of Object.entries(fields))
    for (const decorator of decorators) decorator(type.prototype, field);
}

function control(path, type, dependencies) {
  Controller(path)(type);
  for (const [index, dependency] of dependencies.entries())
    Inject(dependency)(type, undefined, index);
}

function route(type, method, name, ...parameters) {
  method(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name));
  for (const [index, [parameter]] of parameters.entries()) parameter(type.prototype, name, index);
  const types = parameters.map(([, each]) => each);
  Reflect.defineMetadata('design:paramtypes', types, type.prototype, name);
}

/** A module with one provider, which others that import it may be given. */
function module(name, useFactory, { controllers = [], imports = [], inject = [] } = {}) {
  class ServiceModule {}
  const providers = [{ provide: name, useFactory, inject }];
  Module({ controllers, imports, providers, exports: [name] })(ServiceModule);
  return ServiceModule;
}
