// NestJS over its TCP transporter, with its ValidationPipe. Decorators are applied by hand: Node strips
// types, it does not compile decorators; what runs is the same.
import 'reflect-metadata';
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import { firstValueFrom } from 'rxjs';
import { measureRemoteCalls } from './call-remote-load.ts';
import { freePorts } from './call-remote-ports.ts';

const [role, port = '0'] = process.argv.slice(2);

class Count {}
decorate([IsString(), Length(1, 40)], Count, 'sku');
decorate([IsInt(), Min(0), Max(1_000_000)], Count, 'quantity');

class StockController {
  count({ sku, quantity }) {
    return { sku, available: quantity + 1, low: false };
  }
}
const descriptor = Object.getOwnPropertyDescriptor(StockController.prototype, 'count');
Reflect.decorate([MessagePattern('count')], StockController.prototype, 'count', descriptor);
Reflect.defineMetadata('design:paramtypes', [Count], StockController.prototype, 'count');
Payload()(StockController.prototype, 'count', 0);

class StockModule {}
Reflect.decorate([Module({ controllers: [StockController] })], StockModule);

if (role === 'serve') {
  const [own] = await freePorts(1);
  const app = await NestFactory.createMicroservice(StockModule, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: own },
    logger: false,
  });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
  await app.listen();
  console.log(JSON.stringify({ port: own }));
  process.on('SIGTERM', () => process.exit(0));
} else {
  const options = { host: '127.0.0.1', port: Number(port) };
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
  await client.connect();
  await measureRemoteCalls((input) => firstValueFrom(client.send('count', input)));
  client.close();
}

function decorate(decorators, type, field) {
  Reflect.decorate(decorators, type.prototype, field, undefined);
}
