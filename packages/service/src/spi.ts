export * from './binding.ts';
export * from './dispatcher.ts';
