import type { Currency, Money } from '../money.ts';
import type { Department, Kind } from './goods.ts';
import { bath } from './goods-bath.ts';
import { clothing } from './goods-clothing.ts';
import { garden } from './goods-garden.ts';
import { kitchen } from './goods-kitchen.ts';
import { lighting } from './goods-lighting.ts';
import { living } from './goods-living.ts';
import { outdoor } from './goods-outdoor.ts';
import { workshop } from './goods-workshop.ts';

/** Which rate a product is taxed at. */
export type TaxClass = 'standard' | 'reduced';

/** A SKU of the seeded catalogue. */
export interface SeedVariant {
  readonly sku: string;
  readonly size: string;
  /** With tax; EUR always, the others for some products. */
  readonly prices: readonly Money[];
}

/** A product of the seeded catalogue. */
export interface SeedProduct {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly department: Department;
  readonly taxClass: TaxClass;
  readonly attributes: Readonly<Record<string, string>>;
  readonly variants: readonly SeedVariant[];
}

/** A line: how a kind of thing is made, and what that does to its price. */
interface Line {
  readonly name: string;
  readonly letter: string;
  readonly text: string;
  readonly palette: string;
  /** Percent of the plain price. */
  readonly pricePercent: number;
}

const LINES: readonly Line[] = [
  {
    name: 'Holm',
    letter: 'H',
    text: 'The Holm line leaves out whatever is not needed, and costs accordingly less.',
    palette: 'natural',
    pricePercent: 100,
  },
  {
    name: 'Sund',
    letter: 'S',
    text: 'The Sund line comes in the colours of a northern coast, mixed so that they go together.',
    palette: 'sea',
    pricePercent: 115,
  },
  {
    name: 'Brandt',
    letter: 'B',
    text: 'The Brandt line is the strongest we sell: heavier material, and every part can be had as a spare.',
    palette: 'dark',
    pricePercent: 140,
  },
];

/** The departments of the store, in the order of its menu. */
export const DEPARTMENTS: readonly Department[] = [
  kitchen,
  living,
  bath,
  lighting,
  garden,
  workshop,
  outdoor,
  clothing,
];

/** What one more size up adds, in percent of the smallest. */
const SIZE_STEP_PERCENT = 35;

/** Minor units for 100 cents of euro, and the step prices are rounded to. Fixed: a seed knows no market. */
const ABROAD: readonly {
  readonly currency: Currency;
  readonly per100: number;
  readonly step: number;
  /** Every how many products there is such a price. */
  readonly every: number;
}[] = [
  { currency: 'GBP', per100: 86, step: 10, every: 2 },
  { currency: 'JPY', per100: 162, step: 10, every: 5 },
  { currency: 'BHD', per100: 410, step: 50, every: 10 },
];

/** About 200 products with 420 SKUs, the same each time. */
export function createCatalogue(): readonly SeedProduct[] {
  const drafts = DEPARTMENTS.flatMap((department) => [
    ...department.kinds.flatMap((kind, index) =>
      LINES.map((line) => ({ department, kind, line, number: index + 1 })),
    ),
    { department, kind: department.special, line: undefined, number: 99 },
  ]);
  return drafts.map((draft, position) => toProduct(draft, position));
}

function toProduct(
  draft: {
    readonly department: Department;
    readonly kind: Kind;
    readonly line: Line | undefined;
    readonly number: number;
  },
  position: number,
): SeedProduct {
  const { department, kind, line, number } = draft;
  const title = line ? `${line.name} ${kind.name.toLowerCase()}` : kind.name;
  const code = `${department.id.slice(0, 3).toUpperCase()}-${String(number).padStart(2, '0')}${line?.letter ?? 'X'}`;
  return {
    slug: title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, ''),
    title,
    description: line ? `${kind.text} ${line.text}` : kind.text,
    department,
    taxClass: kind.tax ?? 'standard',
    attributes: {
      material: kind.material,
      weight: `${kind.weightGrams} g`,
      shape: kind.shape,
      palette: line?.palette ?? 'natural',
      ...(line ? { line: line.name } : {}),
    },
    variants: kind.sizes.map((size, index) => ({
      sku: `${code}-${index + 1}`,
      size,
      prices: toPrices(kind.price, (line?.pricePercent ?? 100) / 100, { index, position }),
    })),
  };
}

function toPrices(
  base: number,
  factor: number,
  { index, position }: { readonly index: number; readonly position: number },
): Money[] {
  const cents = toStep(base * factor * (1 + (index * SIZE_STEP_PERCENT) / 100), 10);
  const abroad = ABROAD.filter(({ every }) => position % every === 0).map(
    ({ currency, per100, step }) => ({ amount: toStep((cents * per100) / 100, step), currency }),
  );
  return [{ amount: cents, currency: 'EUR' }, ...abroad];
}

function toStep(amount: number, step: number): number {
  return Math.max(step, Math.round(amount / step) * step);
}
