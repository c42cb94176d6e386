import { type Department, kind } from './goods.ts';

/** Beds, borders and balconies. */
export const garden: Department = {
  id: 'garden',
  name: 'Garden',
  text: 'Tools that keep their edge, and what a garden or a balcony needs around them.',
  kinds: [
    kind('Spade', [4490, 1900], {
      text: 'A forged blade with a tread for the boot and a long strap that carries the load into the handle.',
      sizes: ['72 cm', '85 cm'],
      material: 'forged steel and ash',
      shape: 'spade',
    }),
    kind('Pruning shears', [3290, 230], {
      text: 'A clean cut through wood as thick as a finger. Blade and spring can be replaced one by one.',
      sizes: ['S', 'M', 'L'],
      material: 'carbon steel',
      shape: 'shears',
    }),
    kind('Watering can', [2790, 850], {
      text: 'Balanced when full and when half empty, with a rose fine enough for seedlings.',
      sizes: ['5 l', '9 l'],
      material: 'galvanised steel',
      shape: 'can',
    }),
    kind('Plant pot', [1450, 1200], {
      text: 'A pot with a wide foot that does not fall over in the wind, and a hole that does not clog.',
      sizes: ['18 cm', '26 cm'],
      material: 'terracotta',
      shape: 'pot-plant',
    }),
    kind('Hand trowel', [1390, 260], {
      text: 'A narrow blade with depth marks for bulbs, and a handle that fits a small hand and a large one.',
      sizes: ['narrow', 'wide'],
      material: 'stainless steel and ash',
      shape: 'trowel',
    }),
    kind('Garden gloves', [1190, 110], {
      text: 'Gloves with a grip that holds in wet soil and a cuff that keeps it out.',
      sizes: ['7–8', '9–10'],
      material: 'cotton and nitrile',
      shape: 'glove',
    }),
    kind('Raised bed', [8900, 14500], {
      text: 'A bed at a height that is kind to the back. It goes together without tools in a quarter of an hour.',
      sizes: ['100 × 60 cm', '180 × 60 cm'],
      material: 'larch',
      shape: 'box',
    }),
    kind('Compost bin', [5990, 8200], {
      text: 'Slats that let in air and keep in warmth, and a flap at the bottom where the finished soil comes out.',
      sizes: ['300 l', '600 l'],
      material: 'larch',
      shape: 'bin',
    }),
  ],
  special: kind('Meadow seed mix', [690, 120], {
    text: 'Forty native flowers and grasses for ten square metres of poor soil. It feeds bees from April to October.',
    sizes: ['10 m²'],
    material: 'seeds',
    shape: 'bag',
    tax: 'reduced',
  }),
};
