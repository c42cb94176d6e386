// NestJS on Fastify with its ValidationPipe. Decorators are applied by hand: Node strips types, it
// does not compile decorators; what runs is the same.
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
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Check, toAnswer } from './rest-nest-check.mjs';

class StockController {
  level(sku) {
    return { sku, available: 12, low: false };
  }
  check(body) {
    return toAnswer(body);
  }
}
route(Get('levels/:sku'), 'level', Param('sku'), String);
route(Post('checks'), 'check', Body(), Check);
HttpCode(200)(
  StockController.prototype,
  'check',
  Object.getOwnPropertyDescriptor(StockController.prototype, 'check'),
);
Controller('stock/v1')(StockController);

class AppModule {}
Module({ controllers: [StockController] })(AppModule);

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
await app.listen(0, '127.0.0.1');
console.log(JSON.stringify({ port: app.getHttpServer().address().port }));
process.on('SIGTERM', () => process.exit(0));

function route(method, name, parameter, type) {
  const descriptor = Object.getOwnPropertyDescriptor(StockController.prototype, name);
  method(StockController.prototype, name, descriptor);
  parameter(StockController.prototype, name, 0);
  Reflect.defineMetadata('design:paramtypes', [type], StockController.prototype, name);
}
