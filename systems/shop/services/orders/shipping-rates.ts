import { type Currency, type Money, money } from '../../money.ts';

/** A way to ship, and what it costs. */
export interface ShippingOption {
  readonly method: string;
  readonly title: string;
  readonly price: Money;
}

/** Minor units per currency; there is no conversion. */
type Prices = Readonly<Record<Currency, number>>;

interface Zone {
  readonly countries: readonly string[];
  readonly methods: readonly {
    readonly method: string;
    readonly title: string;
    readonly prices: Prices;
    /** From this subtotal on it is free. */
    readonly freeFrom?: Prices;
  }[];
}

/** The flat table, until shipping is a service of its own. */
const ZONES: readonly Zone[] = [
  {
    countries: ['DE'],
    methods: [
      {
        method: 'standard',
        title: 'Parcel, 2 to 3 working days',
        prices: { EUR: 490, GBP: 420, JPY: 790, BHD: 2_000 },
        freeFrom: { EUR: 10_000, GBP: 8_600, JPY: 16_000, BHD: 41_000 },
      },
      {
        method: 'express',
        title: 'Express, next working day',
        prices: { EUR: 1_290, GBP: 1_100, JPY: 2_090, BHD: 5_300 },
      },
    ],
  },
  {
    countries: ['AT', 'BE', 'DK', 'ES', 'FI', 'FR', 'IE', 'IT', 'LU', 'NL', 'PL', 'PT', 'SE'],
    methods: [
      {
        method: 'standard',
        title: 'Parcel, 3 to 6 working days',
        prices: { EUR: 990, GBP: 850, JPY: 1_600, BHD: 4_050 },
        freeFrom: { EUR: 20_000, GBP: 17_200, JPY: 32_000, BHD: 82_000 },
      },
      {
        method: 'express',
        title: 'Express, 1 to 2 working days',
        prices: { EUR: 1_990, GBP: 1_700, JPY: 3_200, BHD: 8_150 },
      },
    ],
  },
  {
    countries: ['BH', 'CH', 'GB', 'JP', 'NO'],
    methods: [
      {
        method: 'standard',
        title: 'Air parcel, 5 to 10 working days',
        prices: { EUR: 2_490, GBP: 2_150, JPY: 4_000, BHD: 10_200 },
      },
    ],
  },
];

/**
 * The ways to ship to `country`, cheapest first; none where the shop does not ship. A subtotal of zero
 * (samples, replacements) is sent free of charge by the first one.
 */
export function listShippingOptions(country: string, subtotal: Money): ShippingOption[] {
  const zone = ZONES.find((each) => each.countries.includes(country));
  const { currency } = subtotal;
  const options = (zone?.methods ?? []).map(({ method, title, prices, freeFrom }, index) => {
    const gift = subtotal.amount === 0 && index === 0;
    const free = gift || (freeFrom !== undefined && subtotal.amount >= freeFrom[currency]);
    return { method, title, price: money(free ? 0 : prices[currency], currency) };
  });
  return options.sort((a, b) => a.price.amount - b.price.amount);
}
