import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Client, type Service, service } from '@portico/service';
import { ADDRESSES_MAX, AddressLimit, Customers } from '../../contracts/customers.ts';
import { Identity } from '../../contracts/identity.ts';
import { Orders } from '../../contracts/orders.ts';
import { cart } from '../cart/service.ts';
import { createCatalog } from '../catalog/service.ts';
import { createSkippingHost } from '../fixtures/skipping-host.ts';
import { createIdentity } from '../identity/service.ts';
import { notifications } from '../notifications/service.ts';
import { startServices, type TestServices } from '../test-services.ts';
import { customers } from './service.ts';

const address = {
  name: 'Ada Lovelace',
  line1: '12 St James’s Square',
  postalCode: 'SW1Y 4JH',
  city: 'London',
  country: 'GB',
};
const config = {
  identity: { scrypt: { costLog2: 10, blockSize: 8, parallelization: 1 } },
};

/** Orders without any order: what customers asks of it is tested with orders itself. */
function ordersOfNobody(): Service {
  const handlers = Object.keys(Orders.operations).map((name) => [name, () => ({ items: [] })]);
  const operations = Object.fromEntries([
    ...handlers,
    ['eraseSubject', () => ({ erased: false, open: 0 })],
  ]);
  return service(Orders)({ operations, store: customers.spec.store as never });
}

describe('customers', () => {
  const host = createSkippingHost();
  let services: TestServices;
  let staff: Client<typeof Customers>;
  let count = 0;

  before(async () => {
    const all = [createIdentity(), createCatalog(), cart, ordersOfNobody()];
    services = await startServices([...all, notifications, customers], { config, host });
    const permissions = ['customers:read', 'customers:erase', 'shop:audit'];
    staff = services.as(Customers, 'user:acc_staff', ...permissions);
  });
  after(() => services.stop());

  const key = () => {
    count += 1;
    return { key: `key-${count}` };
  };
  const someone = () => {
    const id = services.host.ids.prefixed('acc');
    return { id, me: services.as(Customers, `user:${id}`, 'profile:use') };
  };

  it('reads an empty profile before anything was written', async () => {
    const { id, me } = someone();
    assert.deepEqual(await me.getProfile(), { customerId: id, version: 0, consents: [] });
  });

  it('replaces a profile from the version that was seen, and the same call twice is one', async () => {
    const { me } = someone();
    const first = await me.updateProfile({ version: 0, givenName: 'Ada', language: 'en' });
    assert.equal(first.version, 1);
    const again = await me.updateProfile({ version: 0, givenName: 'Ada', language: 'en' });
    assert.deepEqual(again, first);
    await assert.rejects(me.updateProfile({ version: 0, givenName: 'Eve' }), {
      code: 'precondition-failed',
    });
    const second = await me.updateProfile({ version: 1, familyName: 'Lovelace' });
    assert.equal(second.givenName, undefined);
    assert.deepEqual(await me.getProfile(), second);
  });

  it('lets one of two changes win that were made from the same version', async () => {
    const { me } = someone();
    const outcomes = await Promise.allSettled([
      me.updateProfile({ version: 0, givenName: 'Ada' }),
      me.updateProfile({ version: 0, givenName: 'Eve' }),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('keeps twenty addresses, at most one of them preferred', async () => {
    const { me } = someone();
    const adding = Array.from({ length: ADDRESSES_MAX + 5 }, (_, at) =>
      me.addAddress({ label: `No. ${at}`, preferred: true, address }, key()),
    );
    const outcomes = await Promise.allSettled(adding);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 5);
    for (const one of refused) {
      assert.ok(one.status === 'rejected' && AddressLimit.is(one.reason));
    }
    const { items } = await me.listAddresses();
    assert.equal(items.length, ADDRESSES_MAX);
    assert.equal(items.filter((item) => item.preferred).length, 1);
  });

  it('changes and removes an address of its owner, and of nobody else', async () => {
    const [{ me }, { me: other }] = [someone(), someone()];
    const { addressId } = await me.addAddress({ preferred: false, address }, key());
    const unknown = services.host.ids.prefixed('adr');
    const refusals = [];
    for (const id of [addressId, unknown]) {
      const change = { addressId: id, preferred: true, address };
      refusals.push(await other.updateAddress(change).catch(String));
      refusals.push(await other.removeAddress({ addressId: id }).catch(String));
    }
    assert.equal(new Set(refusals).size, 1, 'another’s and an unknown one are the same answer');
    const moved = { ...address, city: 'Marylebone' };
    const changed = await me.updateAddress({ addressId, preferred: true, address: moved });
    assert.equal(changed.address.city, 'Marylebone');
    await me.removeAddress({ addressId });
    await me.removeAddress({ addressId });
    assert.deepEqual((await me.listAddresses()).items, []);
    await assert.rejects(me.updateAddress({ addressId, preferred: true, address }), {
      code: 'not-found',
    });
  });

  it('notes a consent with its time, and shows it in the profile', async () => {
    const { me } = someone();
    const given = await me.setConsent({ purpose: 'newsletter', given: true });
    assert.deepEqual(await me.setConsent({ purpose: 'newsletter', given: true }), given);
    const profile = await me.getProfile();
    assert.deepEqual(profile.consents, [given]);
    assert.equal(profile.version, 1);
    await me.setConsent({ purpose: 'newsletter', given: false });
    assert.equal((await me.getProfile()).consents[0]?.given, false);
  });

  it('exports everything the shop holds of a person', async () => {
    const identity = services.as(Identity, 'user:nobody');
    const input = { email: 'export@example.com', password: 'correct horse battery' };
    const { accountId } = await identity.register(input, key());
    const me = services.as(Customers, `user:${accountId}`, 'profile:use');
    await me.updateProfile({ version: 0, givenName: 'Grace' });
    await me.addAddress({ preferred: true, address }, key());
    const exported = await me.exportMyData();
    assert.equal(exported.account?.email, 'export@example.com');
    assert.equal(exported.profile.givenName, 'Grace');
    assert.deepEqual(exported.addresses[0]?.address, address);
    assert.deepEqual(exported.orders, []);
    const trail = exported.changes.map(({ what, by }) => [what, by]);
    assert.deepEqual(trail, [
      ['addressAdded', `user:${accountId}`],
      ['profileCreated', `user:${accountId}`],
    ]);
    assert.doesNotMatch(JSON.stringify(exported.changes), /Grace|London/);
  });

  it('takes one request for erasure, however often and by whomever it is asked', async () => {
    const { id, me } = someone();
    await me.updateProfile({ version: 0, givenName: 'Ada' });
    const [one, two] = await Promise.all([
      me.requestErasure({}, key()),
      staff.eraseCustomer({ customerId: id }, key()),
    ]);
    assert.deepEqual(one, two);
    assert.match(one.state, /^(requested|running)$/);
    assert.equal(one.completedAt, undefined);
    const unknown = services.host.ids.prefixed('acc');
    await assert.rejects(staff.eraseCustomer({ customerId: unknown }, key()), {
      code: 'not-found',
    });
  });

  it('finds customers by name, telephone number and postal code', async () => {
    const { id, me } = someone();
    const names = { givenName: 'Émilie', familyName: 'du Châtelet', phone: '+33 1 23 45' };
    await me.updateProfile({ version: 0, ...names });
    const french = { ...address, postalCode: 'F-54300', country: 'FR' };
    await me.addAddress({ preferred: true, address: french }, key());
    for (const criteria of [
      { name: 'emilie' },
      { name: 'DU CHAT' },
      { name: 'Emilie Du' },
      { phone: '+33 (1) 2345' },
      { postalCode: 'f 54300' },
      { customerId: id },
      { name: 'emil', postalCode: 'F54300' },
    ]) {
      const { items } = await staff.findCustomers(criteria);
      assert.deepEqual(
        items.map((item) => item.customerId),
        [id],
        JSON.stringify(criteria),
      );
    }
    for (const criteria of [{ name: 'chatelet' }, { name: '%' }, { postalCode: '54300' }]) {
      assert.deepEqual((await staff.findCustomers(criteria)).items, [], JSON.stringify(criteria));
    }
  });

  it('gives auditors numbers and states, and nobody’s name', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await staff.exportFacts({ limit: 2, ...(cursor ? { cursor } : {}) });
      assert.doesNotMatch(JSON.stringify(page), /Ada|Lovelace|London|Châtelet/);
      seen.push(
        ...page.items.map((fact) => ('erasureId' in fact ? fact.erasureId : fact.customerId)),
      );
      cursor = page.next;
    } while (cursor);
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(seen.filter((id) => id.startsWith('era_')).length, 1);
  });

  it('is closed to callers without the permission', async () => {
    const nobody = services.as(Customers, 'user:gst_1', 'cart:use');
    await assert.rejects(nobody.getProfile(), { code: 'forbidden' });
    await assert.rejects(nobody.findCustomers({}), { code: 'forbidden' });
  });
});
