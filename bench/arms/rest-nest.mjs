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
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

class Line {}
decorate([IsString(), Length(1, 40)], Line, 'sku');
decorate([IsInt(), Min(1), Max(99)], Line, 'quantity');

class Check {}
decorate([IsString(), Length(1, 80)], Check, 'reference');
decorate([IsOptional(), IsString(), MaxLength(200)], Check, 'note');
decorate(
  [IsArray(), ArrayMinSize(1), ArrayMaxSize(100), ValidateNested({ each: true }), Type(() => Line)],
  Check,
  'lines',
);

class StockController {
  level(sku) {
    return { sku, available: 12, low: false };
  }
  check(body) {
    const pieces = body.lines.reduce((sum, line) => sum + line.quantity, 0);
    return { ok: true, pieces, lines: body.lines.length };
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

function decorate(decorators, target, property) {
  for (const decorator of decorators) decorator(target.prototype, property);
}

function route(method, name, parameter, type) {
  const descriptor = Object.getOwnPropertyDescriptor(StockController.prototype, name);
  method(StockController.prototype, name, descriptor);
  parameter(StockController.prototype, name, 0);
  Reflect.defineMetadata('design:paramtypes', [type], StockController.prototype, name);
}
