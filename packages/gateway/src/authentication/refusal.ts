import { Failure } from '@portico/contract';

/** Why a credential was refused: rows of the error catalogue, dimensions of usage. */
export type CredentialReason =
  | 'credential-missing'
  | 'credential-malformed'
  | 'credential-unknown'
  | 'credential-ambiguous'
  | 'key-disabled'
  | 'key-expired'
  | 'key-revoked'
  | 'token-expired'
  | 'token-invalid';

/** One text for whatever a stranger could learn from, a sentence for the holder of the right secret. */
const TEXTS: Readonly<Record<CredentialReason, string>> = {
  'credential-missing': 'Valid credentials are required.',
  'credential-malformed': 'Valid credentials are required.',
  'credential-unknown': 'Valid credentials are required.',
  'credential-ambiguous': 'Valid credentials are required.',
  'key-disabled': 'The key is disabled.',
  'key-expired': 'The key has expired.',
  'key-revoked': 'The key was revoked.',
  'token-expired': 'The token has expired.',
  'token-invalid': 'The token is not valid.',
};

/** The refusal of a credential; every binding answers it with 401. */
export function refuseCredential(reason: CredentialReason): Failure {
  return Failure.rejected('unauthenticated', TEXTS[reason], { reason });
}
