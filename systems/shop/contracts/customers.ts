import { api, error, event, operation, sensitive, version } from '@portico/contract';
import * as z from 'zod';
import { CartExport } from './cart.ts';
import {
  AccountId,
  Address,
  AddressId,
  ErasureId,
  exportFacts,
  Instant,
  PersonName,
  Phone,
  pageInput,
  pageOf,
} from './common.ts';
import { AccountExport } from './identity.ts';
import { MessageExport } from './notifications.ts';
import { OrderExport } from './orders.ts';

/** The most addresses a customer can keep. */
export const ADDRESSES_MAX = 20;

const ProfileVersion = z
  .int()
  .min(0)
  .meta({ ...version(), description: 'Grows with each change. 0 before the first one.' });

const profileFields = {
  givenName: PersonName.meta({ ...sensitive(), title: 'Given name' }).optional(),
  familyName: PersonName.meta({ ...sensitive(), title: 'Family name' }).optional(),
  phone: Phone.optional(),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Z]{2})?$/)
    .meta({ title: 'Language', description: 'BCP 47.', examples: ['en', 'pt-BR'] })
    .optional(),
};

export const Purpose = z.enum(['newsletter', 'recommendations', 'surveys']).meta({
  id: 'Purpose',
  title: 'Purpose',
  description: 'What a customer may agree to.',
});

const Consent = z
  .object({ purpose: Purpose, given: z.boolean(), changedAt: Instant })
  .meta({ id: 'Consent', title: 'Consent' });

export const Profile = z
  .object({
    customerId: AccountId,
    version: ProfileVersion,
    ...profileFields,
    consents: z.array(Consent).max(20),
    updatedAt: Instant.optional(),
  })
  .meta({ id: 'Profile', title: 'Customer profile' });

const addressFields = {
  label: z
    .string()
    .min(1)
    .max(60)
    .meta({ ...sensitive(), description: 'What you call it.', examples: ['Home'] })
    .optional(),
  preferred: z.boolean().meta({ description: 'At most one address is.' }),
  address: Address,
};

export const SavedAddress = z
  .object({ addressId: AddressId, ...addressFields, updatedAt: Instant })
  .meta({ id: 'SavedAddress', title: 'Saved address' });

export const ErasureState = z.enum(['requested', 'running', 'completed']).meta({
  id: 'ErasureState',
  title: 'State of an erasure',
  description: '`requested` until the last open order has ended, then `running`, then `completed`.',
});

const ErasureRequest = z
  .object({
    erasureId: ErasureId,
    customerId: AccountId,
    state: ErasureState,
    requestedAt: Instant,
    completedAt: Instant.optional(),
  })
  .meta({ id: 'ErasureRequest', title: 'Erasure request' });

const ProfileChange = z
  .object({
    at: Instant,
    what: z
      .enum([
        'profileCreated',
        'profileUpdated',
        'addressAdded',
        'addressUpdated',
        'addressRemoved',
        'consentChanged',
        'erasureRequested',
        'erased',
      ])
      .meta({ id: 'ProfileChangeKind', title: 'Kind of change' }),
    by: z.string().max(200).meta({ description: 'Who did it: a user, a consumer or a service.' }),
  })
  .meta({
    id: 'ProfileChange',
    title: 'Line of the audit trail',
    description: 'Who did what and when; never what was there before.',
  });

const CustomerFact = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('customer'),
        customerId: z.string(),
        version: z.int().min(0),
        addresses: z.int().min(0),
        erased: z.boolean(),
      })
      .meta({ id: 'CustomerCount' }),
    z
      .object({
        kind: z.literal('erasure'),
        erasureId: z.string(),
        customerId: z.string(),
        state: ErasureState,
        requestedAt: Instant,
        completedAt: Instant.optional(),
      })
      .meta({ id: 'ErasureFact' }),
  ])
  .meta({ id: 'CustomerFact', title: 'Fact of customers' });

export const AddressLimit = error({
  status: 409,
  summary: `An address book holds ${ADDRESSES_MAX} addresses. Remove one first.`,
});

const mine = { exposure: 'public', access: 'profile:use' } as const;

/** Customer data: profiles, addresses, consents, and the right to see and erase them. */
export const Customers = api('customers', {
  version: '1.0.0',
  summary: 'Customer data: profiles, addresses, consents, export and erasure.',
  operations: {
    getProfile: operation({
      ...mine,
      summary: 'Your profile.',
      description: 'Empty, with version 0, until something was written.',
      effect: 'safe',
      http: 'GET /me',
      output: Profile,
    }),
    updateProfile: operation({
      ...mine,
      summary: 'Replace your profile.',
      description: 'What is left out is removed. Needs `If-Match` with the version you have seen.',
      effect: 'idempotent',
      http: 'PUT /me',
      input: z.object({ version: ProfileVersion, ...profileFields }),
      output: Profile,
    }),
    listAddresses: operation({
      ...mine,
      summary: 'Your address book.',
      effect: 'safe',
      http: 'GET /me/addresses',
      output: pageOf(SavedAddress),
    }),
    addAddress: operation({
      ...mine,
      summary: 'Add an address to your address book.',
      effect: 'keyed',
      http: 'POST /me/addresses',
      input: z.object(addressFields),
      output: SavedAddress,
      errors: { AddressLimit },
    }),
    updateAddress: operation({
      ...mine,
      summary: 'Replace a saved address.',
      effect: 'idempotent',
      owner: 'subject',
      http: 'PUT /me/addresses/{addressId}',
      input: z.object({ addressId: AddressId, ...addressFields }),
      output: SavedAddress,
    }),
    removeAddress: operation({
      ...mine,
      summary: 'Remove a saved address.',
      effect: 'idempotent',
      owner: 'subject',
      http: 'DELETE /me/addresses/{addressId}',
      input: z.object({ addressId: AddressId }),
    }),
    setConsent: operation({
      ...mine,
      summary: 'Give a consent, or take it back.',
      effect: 'idempotent',
      http: 'PUT /me/consents/{purpose}',
      input: z.object({ purpose: Purpose, given: z.boolean() }),
      output: Consent,
    }),
    exportMyData: operation({
      ...mine,
      summary: 'Everything the shop holds of you (GDPR article 15 and 20).',
      effect: 'safe',
      http: 'GET /me/export',
      cost: 20,
      timeoutMs: 10_000,
      output: z.object({
        exportedAt: Instant,
        profile: Profile,
        addresses: z.array(SavedAddress).max(ADDRESSES_MAX),
        changes: z.array(ProfileChange).max(1_000),
        account: AccountExport.optional(),
        cart: CartExport.optional(),
        orders: z.array(OrderExport).max(1_000),
        messages: z.array(MessageExport).max(1_000).optional(),
      }),
    }),
    requestErasure: operation({
      ...mine,
      summary: 'Ask to have everything that names you erased (GDPR article 17).',
      description:
        'Waits for open orders to end, then closes the account; some minutes later, when the last ' +
        'access token has ended, everything is gone. Lines, amounts, tax, country and dates of ' +
        'orders stay, as the law demands. Asked twice, it is one request.',
      effect: 'keyed',
      http: 'POST /me/erasure',
      output: ErasureRequest,
    }),
    findCustomers: operation({
      summary: 'Find customers by name, telephone number or place.',
      exposure: 'partner',
      access: 'customers:read',
      effect: 'safe',
      owner: 'shared',
      http: 'GET /customers',
      cost: 2,
      input: z.object({
        customerId: AccountId.optional(),
        name: PersonName.meta({
          ...sensitive(),
          description: 'Begins with; case is ignored.',
        }).optional(),
        phone: Phone.optional(),
        postalCode: z.string().min(1).max(20).meta(sensitive()).optional(),
        ...pageInput,
      }),
      output: pageOf(Profile),
    }),
    eraseCustomer: operation({
      summary: 'Erase a customer on behalf of that person.',
      exposure: 'partner',
      access: 'customers:erase',
      effect: 'keyed',
      owner: 'shared',
      http: 'POST /customers/{customerId}/erasure',
      input: z.object({ customerId: AccountId }),
      output: ErasureRequest,
    }),
    exportFacts: exportFacts(CustomerFact, 'customers and erasure requests, as numbers and states'),
  },
  events: {
    ConsentChanged: event({
      summary: 'A customer gave a consent or took it back.',
      key: 'customerId',
      payload: z.object({ customerId: AccountId, purpose: Purpose, given: z.boolean() }),
    }),
    CustomerErased: event({
      summary: 'Nothing names this customer any more.',
      key: 'customerId',
      payload: z.object({ customerId: AccountId, erasureId: ErasureId }),
    }),
  },
});
