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
export {
  type Change,
  type ChangeDirection,
  type ChangeSeverity,
  findVersionProblem,
  isCompatible,
} from './change.ts';
export { compare } from './compare.ts';
export {
  CONTRACT_FORMAT,
  type ContractJson,
  type ErrorJson,
  type EventJson,
  type OperationJson,
  toContractJson,
} from './contract-json.ts';
export { parseContractJson } from './contract-parser.ts';
export { api, DEFAULT_TIMEOUT_MS } from './define.ts';
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
export type {
  Access,
  CachePolicy,
  Criticality,
  DeclaredError,
  Deprecation,
  Effect,
  EffectOf,
  ErrorMap,
  ErrorsOf,
  Exposure,
  HttpRoute,
  InputOf,
  Operation,
  OperationDefinition,
  OperationSpec,
  OutputOf,
  Owner,
  RawInput,
  Schema,
} from './operation.ts';
export { operation } from './operation.ts';
export { isPage, PAGE_LIMIT_MAX } from './page.ts';
export { TIMEOUT_MS_MAX } from './rules-operation.ts';
export { queryFields } from './rules-route.ts';
export { closed, INPUT_BOUNDS, opened } from './schema-bounds.ts';
export type {
  AnyShape,
  ArrayShape,
  BooleanShape,
  Field,
  IntegerShape,
  JsonSchema,
  MapShape,
  NumberShape,
  ObjectShape,
  ObjectType,
  ReferenceShape,
  Shape,
  StringFormat,
  StringShape,
  Type,
  UnionShape,
} from './shape.ts';
export { toStandaloneSchema } from './standalone-schema.ts';
export { isScalar, resolveShape } from './walk.ts';
