import type { Api } from '@portico/contract';
import type { Caller, Client } from '@portico/service';

/** Calls operations as somebody; a runtime has it. */
export interface Calls {
  client<A extends Api>(api: A, as: { readonly caller: Caller }): Client<A>;
}
