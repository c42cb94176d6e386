/** What is taxed alike. */
export type TaxClass = 'standard' | 'reduced';

/** Rates in basis points by country of delivery, in force since 2024. */
const RATES: Readonly<Record<string, Readonly<Record<TaxClass, number>>>> = {
  AT: { standard: 2000, reduced: 1000 },
  BE: { standard: 2100, reduced: 600 },
  BH: { standard: 1000, reduced: 0 },
  CH: { standard: 810, reduced: 260 },
  DE: { standard: 1900, reduced: 700 },
  DK: { standard: 2500, reduced: 2500 },
  ES: { standard: 2100, reduced: 1000 },
  FI: { standard: 2550, reduced: 1400 },
  FR: { standard: 2000, reduced: 550 },
  GB: { standard: 2000, reduced: 0 },
  IE: { standard: 2300, reduced: 1350 },
  IT: { standard: 2200, reduced: 1000 },
  JP: { standard: 1000, reduced: 800 },
  LU: { standard: 1700, reduced: 800 },
  NL: { standard: 2100, reduced: 900 },
  NO: { standard: 2500, reduced: 1500 },
  PL: { standard: 2300, reduced: 800 },
  PT: { standard: 2300, reduced: 600 },
  SE: { standard: 2500, reduced: 1200 },
};

/** The rate in basis points; `undefined` where the shop pays no tax because it does not ship there. */
export function taxRate(country: string, taxClass: TaxClass): number | undefined {
  return RATES[country]?.[taxClass];
}
