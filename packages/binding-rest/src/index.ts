export { createRestBinding, type RestBindingOptions } from './binding.ts';
export type { DocumentInfo } from './document.ts';
export { JSON_DEPTH_MAX, JSON_MEMBERS_MAX } from './guard.ts';
export { KEY_LENGTH_MAX } from './idempotency-key.ts';
export { QUERY_PARAMETERS_MAX } from './query.ts';
