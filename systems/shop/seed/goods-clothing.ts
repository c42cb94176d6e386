import { type Department, kind } from './goods.ts';

/** Clothing for weather. */
export const clothing: Department = {
  id: 'clothing',
  name: 'Weather clothing',
  text: 'What keeps the weather out and lets people move.',
  kinds: [
    kind('Rain jacket', [14900, 480], {
      text: 'Three layers, taped seams and a hood that turns with the head. Repairs are free for ten years.',
      sizes: ['S', 'M', 'L'],
      material: 'recycled polyester',
      shape: 'jacket',
    }),
    kind('Wool jumper', [9900, 620], {
      text: 'Knitted in one piece, so that no seam rubs under a pack.',
      sizes: ['M', 'L'],
      material: 'merino wool',
      shape: 'jumper',
    }),
    kind('Rubber boots', [6900, 1900], {
      text: 'Natural rubber on a warm lining, with a sole that grips on wet grass.',
      sizes: ['38–40', '41–44'],
      material: 'natural rubber',
      shape: 'boots',
    }),
    kind('Knitted hat', [2690, 80], {
      text: 'Two layers over the ears, one on top. It does not itch.',
      sizes: ['adult', 'child'],
      material: 'merino wool',
      shape: 'hat',
    }),
    kind('Walking socks', [1590, 90], {
      text: 'Left is left and right is right, padded where boots press and thin where they do not.',
      sizes: ['36–40', '41–45'],
      material: 'wool and polyamide',
      shape: 'socks',
    }),
    kind('Umbrella', [3990, 520], {
      text: 'Turns inside out in a storm and back again, unharmed. Opens with one hand.',
      sizes: ['short', 'long'],
      material: 'steel and polyester',
      shape: 'umbrella',
    }),
    kind('Work trousers', [8490, 780], {
      text: 'Double cloth at the knee, gusset in the crotch, a pocket for the folding rule.',
      sizes: ['48', '52'],
      material: 'cotton and polyamide',
      shape: 'trousers',
    }),
    kind('Scarf', [3490, 160], {
      text: 'Long enough to go twice around and light enough to forget.',
      sizes: ['30 × 180 cm', '70 × 200 cm'],
      material: 'lambswool',
      shape: 'scarf',
    }),
  ],
  special: kind('Wax for jackets and boots', [990, 160], {
    text: 'Beeswax and lanolin. Rubbed in by hand and warmed with a hair dryer, it keeps out a winter.',
    sizes: ['100 ml'],
    material: 'beeswax',
    shape: 'tin',
  }),
};
