// A NestJS gateway on Fastify and a NestJS microservice over its TCP transporter. The gateway validates what
// comes in, as its documentation has it; the service believes it.
import 'reflect-metadata';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Module,
  Param,
  Post,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { freePorts } from './call-remote-ports.ts';
import { Check, toAnswer } from './rest-nest-check.mjs';
import { serviceListens, startService } from './rest-remote-child.ts';

const [role, given] = process.argv.slice(2);
if (role === 'service') await serve(Number(given));
else await open();

async function serve(port) {
  class StockController {
    level(sku) {
      return { sku, available: 12, low: false };
    }
    check(order) {
      return toAnswer(order);
    }
  }
  decorate(StockController, 'level', MessagePattern('level'), Payload());
  decorate(StockController, 'check', MessagePattern('check'), Payload());
  const options = { host: '127.0.0.1', port };
  const app = await NestFactory.createMicroservice(toModule(Controller(), StockController), {
    ...{ transport: Transport.TCP, options, logger: false },
  });
  await app.listen();
  serviceListens(port);
}

async function open() {
  const [port] = await freePorts(1);
  await startService(import.meta.url, [String(port)]);
  const options = { host: '127.0.0.1', port };
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
  await client.connect();
  class StockController {
    level(sku) {
      return client.send('level', sku);
    }
    check(order) {
      return client.send('check', order);
    }
  }
  decorate(StockController, 'level', Get('levels/:sku'), Param('sku'), String);
  decorate(StockController, 'check', Post('checks'), Body(), Check);
  const { prototype } = StockController;
  HttpCode(200)(prototype, 'check', Object.getOwnPropertyDescriptor(prototype, 'check'));
  const root = toModule(Controller('stock/v1'), StockController);
  const app = await NestFactory.create(root, new FastifyAdapter(), { logger: false });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
  await app.listen(0, '127.0.0.1');
  console.log(JSON.stringify({ port: app.getHttpServer().address().port }));
  process.on('SIGTERM', () => process.exit(0));
}

function toModule(controller, type) {
  controller(type);
  class AppModule {}
  Module({ controllers: [type] })(AppModule);
  return AppModule;
}

function decorate(type, name, method, parameter, of = Object) {
  method(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name));
  parameter(type.prototype, name, 0);
  Reflect.defineMetadata('design:paramtypes', [of], type.prototype, name);
}
