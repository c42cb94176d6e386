import type { HandleOf } from '@portico/service';
import { sqlStore } from '@portico/store';
import { migrations } from './migrations.ts';

/** Times are Unix milliseconds. The `_key` columns hold what is searched by. */
export interface CustomerRow {
  customer_id: string;
  version: number;
  given_name: string | null;
  family_name: string | null;
  phone: string | null;
  language: string | null;
  name_key: string | null;
  family_key: string | null;
  phone_key: string | null;
  updated_at: number;
  erased_at: number | null;
}

export interface AddressRow {
  address_id: string;
  customer_id: string;
  label: string | null;
  preferred: number;
  /** JSON; `null` once it was removed. The row stays, so that removing twice is one. */
  address: string | null;
  postal_key: string | null;
  updated_at: number;
  removed_at: number | null;
}

export interface ConsentRow {
  customer_id: string;
  purpose: 'newsletter' | 'recommendations' | 'surveys';
  given: number;
  changed_at: number;
}

export interface ErasureRow {
  erasure_id: string;
  customer_id: string;
  state: 'requested' | 'running' | 'completed';
  requested_at: number;
  completed_at: number | null;
}

export type ChangeKind =
  | 'profileCreated'
  | 'profileUpdated'
  | 'addressAdded'
  | 'addressUpdated'
  | 'addressRemoved'
  | 'consentChanged'
  | 'erasureRequested'
  | 'erased';

/** A line of the audit trail: who did what, never what was there. */
export interface ProfileChangeRow {
  change_id: string;
  customer_id: string;
  at: number;
  what: ChangeKind;
  by: string;
}

export interface CustomersTables {
  customer: CustomerRow;
  address: AddressRow;
  consent: ConsentRow;
  erasure: ErasureRow;
  profile_change: ProfileChangeRow;
}

export const store = sqlStore<CustomersTables>({ migrations });

/** A query handle on the customers' store. */
export type Db = HandleOf<typeof store>;
