export * from './binding.ts';
export type { SoapBindingOptions } from './routes.ts';
