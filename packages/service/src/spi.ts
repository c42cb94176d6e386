export * from './binding.ts';
export * from './dispatcher.ts';
export * from './replica.ts';
