export type {
  Api,
  ApiSpec,
  EventDefinitions,
  EventMap,
  EventsOf,
  OperationDefinitions,
  OperationMap,
  OperationsOf,
} from './api.ts';
export { api } from './api.ts';
export { DEFAULT_TIMEOUT_MS } from './define.ts';
export { DefinitionError, type Mistake } from './definition-error.ts';
export type {
  AnyErrorDefinition,
  DeclaredFailure,
  ErrorDefinition,
  ErrorSpec,
} from './error.ts';
export { error } from './error.ts';
export type { Event, EventDefinition, EventSpec, PayloadOf } from './event.ts';
export { event } from './event.ts';
export type { FailureClass, FailureDetails, RejectionCode, Violation } from './failure.ts';
export { Failure } from './failure.ts';
export { access, decimal, id, MARKS, sensitive, version } from './marks.ts';
export * from './operation.ts';
export { closed, INPUT_BOUNDS, opened } from './schema-bounds.ts';
export * from './shape.ts';
export { toStandaloneSchema } from './standalone-schema.ts';
