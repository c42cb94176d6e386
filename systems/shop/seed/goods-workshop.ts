import { type Department, kind } from './goods.ts';

/** Repairing and building. */
export const workshop: Department = {
  id: 'workshop',
  name: 'Workshop',
  text: 'Good tools, few of them, with spare parts for each.',
  kinds: [
    kind('Claw hammer', [2690, 720], {
      text: 'A head that sits for life and a claw that pulls nails without bruising the wood.',
      sizes: ['450 g', '600 g'],
      material: 'forged steel and hickory',
      shape: 'hammer',
    }),
    kind('Screwdriver set', [3490, 860], {
      text: 'Eight blades for the screws that a house really has, in handles that tell slot from cross by touch.',
      sizes: ['6 pieces', '8 pieces'],
      material: 'chrome vanadium steel',
      shape: 'screwdriver',
    }),
    kind('Japanese saw', [3190, 310], {
      text: 'It cuts on the pull, thin and straight, and its blade is changed in a minute.',
      sizes: ['21 cm', '24 cm', '30 cm'],
      material: 'steel and beech',
      shape: 'saw',
    }),
    kind('Tool box', [4490, 2700], {
      text: 'A box that carries a person standing on it and opens flat, so that nothing lies under something.',
      sizes: ['40 cm', '55 cm'],
      material: 'sheet steel',
      shape: 'toolbox',
    }),
    kind('Tape measure', [1290, 240], {
      text: 'Large figures on both sides and a hook that gives by its own thickness, so that inside and outside agree.',
      sizes: ['3 m', '5 m'],
      material: 'steel',
      shape: 'tape',
    }),
    kind('Work apron', [4290, 640], {
      text: 'Canvas that turns aside sparks and glue, crossed at the back to spare the neck.',
      sizes: ['S/M', 'L/XL'],
      material: 'waxed canvas',
      shape: 'apron',
    }),
    kind('Wood chisel', [2190, 260], {
      text: 'Takes an edge that shaves and keeps it through a hard afternoon. Ground and ready for work.',
      sizes: ['10 mm', '20 mm'],
      material: 'tool steel and ash',
      shape: 'chisel',
    }),
    kind('Bench vice', [7900, 4900], {
      text: 'Jaws that close parallel and hold without force, with soft faces for what must not be marked.',
      sizes: ['80 mm', '120 mm'],
      material: 'cast iron',
      shape: 'vice',
    }),
  ],
  special: kind('Linseed oil varnish', [1490, 950], {
    text: 'Boiled linseed oil for wood that is lived with. Thin coats, a day apart, and a cloth are all it takes.',
    sizes: ['0.75 l'],
    material: 'linseed oil',
    shape: 'can',
  }),
};
