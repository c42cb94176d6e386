import { type Department, kind } from './goods.ts';

/** Light, indoors and out. */
export const lighting: Department = {
  id: 'lighting',
  name: 'Light',
  text: 'Lamps that light what you do and not the whole street.',
  kinds: [
    kind('Desk lamp', [6990, 1800], {
      text: 'An arm that stays where it is put, and a warm light without flicker that can be dimmed to a tenth.',
      sizes: ['with base', 'with clamp'],
      material: 'steel',
      shape: 'lamp-desk',
    }),
    kind('Pendant lamp', [8900, 1500], {
      text: 'A shade that throws its light on the table and keeps it out of the eyes of those who sit there.',
      sizes: ['28 cm', '36 cm', '48 cm'],
      material: 'spun aluminium',
      shape: 'lamp-pendant',
    }),
    kind('Floor lamp', [12900, 5200], {
      text: 'A reading light with a foot that robot vacuums pass and children do not tip over.',
      sizes: ['135 cm', '155 cm'],
      material: 'steel',
      shape: 'lamp-floor',
    }),
    kind('Storm lantern', [3990, 1100], {
      text: 'A lantern for candles that burns on in the rain. The glass lifts out for cleaning.',
      sizes: ['24 cm', '34 cm'],
      material: 'steel and glass',
      shape: 'lantern',
    }),
    kind('Head torch', [3490, 85], {
      text: 'A light for dark paths with a red mode for the hut. It charges by USB-C and runs a night at half power.',
      sizes: ['250 lm', '450 lm'],
      material: 'polycarbonate',
      shape: 'torch',
    }),
    kind('String lights', [2690, 620], {
      text: 'Warm points of light on a cable that stays supple in frost. A timer switches them off after six hours.',
      sizes: ['5 m', '10 m'],
      material: 'rubber and glass',
      shape: 'string',
    }),
    kind('Wall lamp', [5490, 1300], {
      text: 'Light up and down the wall, for hall and house front alike. Rated for rain from all sides.',
      sizes: ['one beam', 'two beams'],
      material: 'aluminium',
      shape: 'lamp-wall',
    }),
    kind('Camping light', [2990, 210], {
      text: 'A light that hangs, stands and sticks to the car, and charges a phone when it must.',
      sizes: ['200 lm', '400 lm'],
      material: 'silicone and steel',
      shape: 'lamp-camp',
    }),
  ],
  special: kind('Beeswax candles, six', [1590, 540], {
    text: 'Dipped by hand from clean wax. Each burns for about seven hours and smells of nothing but honey.',
    sizes: ['20 cm', '28 cm'],
    material: 'beeswax',
    shape: 'candle',
  }),
};
