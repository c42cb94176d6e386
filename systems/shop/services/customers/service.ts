import { service } from '@portico/service';
import { Customers } from '../../contracts/customers.ts';
import { Identity } from '../../contracts/identity.ts';
import { addAddress, listAddresses, removeAddress, updateAddress } from './addresses.ts';
import { audit, customerOf, uses } from './context.ts';
import { eraseCustomer, requestErasure } from './erasure.ts';
import { erasure } from './erasure-saga.ts';
import { exportMyData } from './export.ts';
import { exportFacts } from './facts.ts';
import { findCustomers } from './find.ts';
import { createCustomer, readProfile, setConsent, updateProfile } from './profile.ts';
import { store } from './tables.ts';

/** Customer data: one profile per account, an audit trail of every change, and the erasure of a person. */
export const customers = service(Customers)({
  uses,
  hears: { identity: Identity },
  store,
  sagas: { erasure },
  operations: {
    getProfile: (_input, context) => readProfile(context.store, customerOf(context)),
    updateProfile,
    async listAddresses(_input, context) {
      return { items: await listAddresses(context.store, customerOf(context)) };
    },
    addAddress,
    updateAddress,
    removeAddress,
    setConsent,
    exportMyData,
    requestErasure,
    findCustomers,
    eraseCustomer,
    exportFacts,
  },
  on: {
    identity: {
      async AccountRegistered({ payload: { accountId } }, context) {
        const now = context.clock.now();
        await context.transaction(async ({ db }) => {
          if (!(await createCustomer(db, accountId, now))) return;
          const line = {
            customerId: accountId,
            what: 'profileCreated',
            by: 'service:identity',
          } as const;
          await audit(db, context, line);
        });
      },
    },
  },
});
