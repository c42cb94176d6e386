export * from './call.ts';
export * from './caller.ts';
export * from './cancellation.ts';
export * from './client.ts';
export * from './context.ts';
export * from './logger.ts';
export * from './service.ts';
export * from './store-definition.ts';
