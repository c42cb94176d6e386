// NestJS on Fastify with one module and controller per service of the shop.
import 'reflect-metadata';
import { Body, Controller, Get, Module, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IsInt, IsOptional, IsString, MaxLength } from 'class-validator';
import { OPERATIONS, services } from './start-services.mjs';

class Input {}
for (const [property, check] of [
  ['id', IsString()],
  ['note', MaxLength(200)],
  ['quantity', IsInt()],
]) {
  check(Input.prototype, property);
  if (property !== 'id') IsOptional()(Input.prototype, property);
}

const modules = services.map((name) => {
  class ServiceController {
    list() {
      return { items: [] };
    }
  }
  const prototype = ServiceController.prototype;
  Get('items')(prototype, 'list', Object.getOwnPropertyDescriptor(prototype, 'list'));
  for (let index = 1; index < OPERATIONS; index++) {
    const method = `operation${index}`;
    Object.defineProperty(prototype, method, {
      value: (body) => body,
      configurable: true,
      writable: true,
    });
    Post(method)(prototype, method, Object.getOwnPropertyDescriptor(prototype, method));
    Body()(prototype, method, 0);
    Reflect.defineMetadata('design:paramtypes', [Input], prototype, method);
  }
  Controller(name)(ServiceController);
  class ServiceModule {}
  Module({ controllers: [ServiceController] })(ServiceModule);
  return ServiceModule;
});
class AppModule {}
Module({ imports: modules })(AppModule);

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
await app.listen(0, '127.0.0.1');
console.log(JSON.stringify({ port: app.getHttpServer().address().port }));
process.on('SIGTERM', () => process.exit(0));
