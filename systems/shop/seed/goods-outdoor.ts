import { type Department, kind } from './goods.ts';

/** Walking and camping. */
export const outdoor: Department = {
  id: 'outdoor',
  name: 'Outdoor',
  text: 'For a day in the woods and for a week above the trees.',
  kinds: [
    kind('Backpack', [8900, 1100], {
      text: 'A pack with a frame that carries on the hips and an opening wide enough to find things in.',
      sizes: ['22 l', '32 l', '48 l'],
      material: 'recycled polyamide',
      shape: 'backpack',
    }),
    kind('Sleeping bag', [13900, 1250], {
      text: 'Warm where the cold comes from below, with room to turn over. Packs to the size of a loaf.',
      sizes: ['regular', 'long'],
      material: 'recycled down',
      shape: 'bag-sleeping',
    }),
    kind('Tent', [24900, 2400], {
      text: 'Stands in five minutes and in any wind, with a porch for wet boots at each door.',
      sizes: ['2 persons', '3 persons'],
      material: 'silicone polyamide',
      shape: 'tent',
    }),
    kind('Vacuum flask', [3290, 480], {
      text: 'Tea that went in at six is hot at noon. One hand opens it, two cannot make it leak.',
      sizes: ['0.5 l', '0.9 l'],
      material: 'stainless steel',
      shape: 'flask',
    }),
    kind('Camp stove', [5990, 340], {
      text: 'Boils a litre in four minutes and simmers without burning. It folds into its own pot.',
      sizes: ['single', 'with pots'],
      material: 'steel and titanium',
      shape: 'stove',
    }),
    kind('Folding chair', [6490, 2900], {
      text: 'A chair at table height that packs flat. The seat is laced, so that it can be tightened for years.',
      sizes: ['low', 'high'],
      material: 'ash and canvas',
      shape: 'chair',
    }),
    kind('Hammock', [5490, 760], {
      text: 'Broad enough to lie across, with straps that do not hurt the tree.',
      sizes: ['270 cm', '320 cm'],
      material: 'parachute silk',
      shape: 'hammock',
    }),
    kind('Pocket knife', [3990, 95], {
      text: 'A blade, a saw and a bottle opener. Locks open and can be taken apart for cleaning.',
      sizes: ['7 cm', '9 cm'],
      material: 'steel and walnut',
      shape: 'knife',
    }),
  ],
  special: kind('Trail mix, salted', [890, 400], {
    text: 'Almonds, hazelnuts, pumpkin seeds and sour cherries, with a little salt for long climbs.',
    sizes: ['400 g', '800 g'],
    material: 'nuts and fruit',
    shape: 'bag',
    tax: 'reduced',
  }),
};
