import { type Department, kind } from './goods.ts';

/** Cooking and eating. */
export const kitchen: Department = {
  id: 'kitchen',
  name: 'Kitchen and table',
  text: 'Things to cook with and to eat from, made to be used every day.',
  kinds: [
    kind('Frying pan', [3490, 1400], {
      text: 'A pan that browns evenly and moves from the stove into the oven. The handle stays cool for as long as an omelette takes.',
      sizes: ['24 cm', '28 cm', '32 cm'],
      material: 'carbon steel',
      shape: 'pan',
    }),
    kind('Bread knife', [2850, 190], {
      text: 'Wide, rounded teeth go through a hard crust without tearing the crumb. The blade is long enough for a whole loaf.',
      sizes: ['20 cm', '25 cm'],
      material: 'stainless steel',
      shape: 'knife',
    }),
    kind('Chopping board', [2400, 1600], {
      text: 'End grain that closes again behind the knife, with a groove for juice on one side and none on the other.',
      sizes: ['30 × 20 cm', '45 × 30 cm'],
      material: 'beech',
      shape: 'board',
    }),
    kind('Mug', [1250, 320], {
      text: 'A mug with a handle for three fingers and a foot that does not mark the table. It survives the dishwasher.',
      sizes: ['0.25 l', '0.4 l'],
      material: 'stoneware',
      shape: 'cup',
    }),
    kind('Serving bowl', [2990, 900], {
      text: 'A wide bowl for salad, pasta or fruit, with a rim to hold on to when it is full.',
      sizes: ['22 cm', '28 cm'],
      material: 'stoneware',
      shape: 'bowl',
    }),
    kind('Storage jar', [990, 480], {
      text: 'A jar with a lid that seals by its own weight. Flour stays dry in it and coffee keeps its smell.',
      sizes: ['0.5 l', '1.5 l'],
      material: 'glass',
      shape: 'jar',
    }),
    kind('Tea towel set', [1690, 210], {
      text: 'Three towels in half-linen that dry glasses without leaving threads, and get better with each wash.',
      sizes: ['50 × 70 cm', '60 × 90 cm'],
      material: 'half-linen',
      shape: 'cloth',
    }),
    kind('Coffee pot', [4290, 750], {
      text: 'A pot for the stove that makes strong coffee in five minutes. The seal is one that every hardware shop has.',
      sizes: ['3 cups', '6 cups'],
      material: 'aluminium',
      shape: 'pot',
    }),
  ],
  special: kind('House coffee, whole beans', [1180, 500], {
    text: 'A dark roast with a taste of chocolate and dried plum, roasted in small batches every second week.',
    sizes: ['500 g', '1 kg'],
    material: 'coffee',
    shape: 'bag',
    tax: 'reduced',
  }),
};
