import type { Invariant } from './invariant.ts';

/** Who was erased is nowhere any more. */
export const erasedAreGone: Invariant = {
  id: 'I9',
  title: 'nothing of an erased person in any store, event, dead letter or log',
  check({ facts: { traces } }) {
    if (!traces) {
      return {
        figures: {},
        broken: [],
        needs: 'the stores: an API shows nobody what it must not hold',
      };
    }
    const { people, underWay, places, values, found } = traces;
    const figures = {
      people,
      'under way': underWay,
      'places searched': places,
      'values remembered': values,
    };
    const broken = found.map(({ subject, place, what }) => {
      return { id: subject, problem: `${what} in ${place}` };
    });
    return { figures, broken };
  },
};
