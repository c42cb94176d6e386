import { type Department, kind } from './goods.ts';

/** Rooms to sit and to sleep in. */
export const living: Department = {
  id: 'living',
  name: 'Living and sleeping',
  text: 'Wool, linen and wood for rooms that people stay in.',
  kinds: [
    kind('Wool blanket', [8900, 1300], {
      text: 'A dense weave that warms without weight. It airs out overnight and needs washing once a year.',
      sizes: ['130 × 180 cm', '150 × 210 cm'],
      material: 'new wool',
      shape: 'blanket',
    }),
    kind('Cushion', [3290, 620], {
      text: 'A cushion that keeps its shape, with a cover that comes off by a hidden zip.',
      sizes: ['40 × 40 cm', '50 × 50 cm', '60 × 40 cm'],
      material: 'linen, feather filling',
      shape: 'cushion',
    }),
    kind('Bed linen', [9900, 1700], {
      text: 'Washed linen that is soft from the first night, cool in summer and warm in winter. Never needs an iron.',
      sizes: ['135 × 200 cm', '155 × 220 cm'],
      material: 'linen',
      shape: 'bed',
    }),
    kind('Wall shelf', [4990, 3100], {
      text: 'A shelf that carries books and hides its brackets. Screws for stone and for plasterboard come with it.',
      sizes: ['60 cm', '90 cm'],
      material: 'oiled oak',
      shape: 'shelf',
    }),
    kind('Stool', [7490, 3600], {
      text: 'Three legs that stand still on any floor. Seat, step and bedside table, as the day requires.',
      sizes: ['45 cm', '63 cm'],
      material: 'oiled beech',
      shape: 'stool',
    }),
    kind('Basket', [2490, 700], {
      text: 'Woven tight, with handles worked into the frame. For firewood, toys or the washing.',
      sizes: ['30 cm', '42 cm'],
      material: 'willow',
      shape: 'basket',
    }),
    kind('Rug', [14900, 4800], {
      text: 'Woven flat, so that doors pass and chairs roll. Both sides can be used.',
      sizes: ['70 × 140 cm', '140 × 200 cm'],
      material: 'wool and cotton',
      shape: 'rug',
    }),
    kind('Wall clock', [4290, 800], {
      text: 'A clock with hands that can be read from across the room and a movement that cannot be heard.',
      sizes: ['25 cm', '35 cm'],
      material: 'steel and glass',
      shape: 'clock',
    }),
  ],
  special: kind('The repair book', [2400, 780], {
    text: 'How to mend what breaks in a house, from a dripping tap to a loose chair, in 140 drawings.',
    sizes: ['hardback'],
    material: 'paper',
    shape: 'book',
    tax: 'reduced',
  }),
};
