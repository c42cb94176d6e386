import { type Department, kind } from './goods.ts';

/** Washing and cleaning. */
export const bath: Department = {
  id: 'bath',
  name: 'Bath and care',
  text: 'Towels that dry, brushes that last, and soap that is only soap.',
  kinds: [
    kind('Bath towel', [2490, 560], {
      text: 'Long loops that take up water at the first touch, and a loop in the middle of the short side to hang it by.',
      sizes: ['50 × 100 cm', '70 × 140 cm', '100 × 150 cm'],
      material: 'cotton',
      shape: 'towel',
    }),
    kind('Bath mat', [2990, 1100], {
      text: 'Thick, quick to dry and safe on wet tiles.',
      sizes: ['50 × 70 cm', '60 × 90 cm'],
      material: 'cotton',
      shape: 'rug',
    }),
    kind('Bathrobe', [7900, 1250], {
      text: 'A robe with a hood, deep pockets and sleeves that can be turned up.',
      sizes: ['S/M', 'L/XL'],
      material: 'waffle cotton',
      shape: 'robe',
    }),
    kind('Dish brush', [790, 95], {
      text: 'Bristles stiff enough for burnt rice. The head is replaced, the handle stays for years.',
      sizes: ['round', 'long'],
      material: 'beech and fibre',
      shape: 'brush',
    }),
    kind('Shaving set', [5490, 420], {
      text: 'A razor for ordinary blades, a brush that foams and a stand to let both dry.',
      sizes: ['closed comb', 'open comb'],
      material: 'brass',
      shape: 'razor',
    }),
    kind('Soap dish', [1290, 280], {
      text: 'A dish that lets the water run off, so that a bar of soap lasts to its end.',
      sizes: ['oval', 'square'],
      material: 'stoneware',
      shape: 'dish',
    }),
    kind('Laundry hamper', [4990, 2300], {
      text: 'Stands in a corner, breathes, and its bag can be carried to the machine.',
      sizes: ['45 l', '70 l'],
      material: 'bamboo and cotton',
      shape: 'basket',
    }),
    kind('Mirror', [6490, 3900], {
      text: 'Clear to the edge, with a ledge for what is needed each morning.',
      sizes: ['40 cm', '60 cm'],
      material: 'glass and oak',
      shape: 'mirror',
    }),
  ],
  special: kind('Olive soap, four bars', [1390, 480], {
    text: 'Boiled from olive oil, dried for six months, without scent or colour.',
    sizes: ['4 × 120 g', '4 × 200 g'],
    material: 'soap',
    shape: 'soap',
  }),
};
