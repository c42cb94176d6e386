import type { Api, ApiSpec, EventDefinitions, OperationDefinitions } from './api.ts';

export function defineApi(
  name: string,
  spec: ApiSpec<OperationDefinitions, EventDefinitions>,
): Api {
  throw new Error(`placeholder ${name} ${spec.version}`);
}
