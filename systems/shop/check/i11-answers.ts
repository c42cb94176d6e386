import type { OrderFact } from './facts.ts';
import type { Breach, Invariant } from './invariant.ts';

type State = OrderFact['state'];

/** What an order may be, once it was seen like this. */
const AFTER: Readonly<Record<State, readonly State[]>> = {
  pending: ['pending', 'confirmed', 'completed', 'failed', 'cancelled'],
  confirmed: ['confirmed', 'completed', 'cancelled'],
  completed: ['completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
};

/** No acknowledged order is lost, and none goes back. */
export const answersHold: Invariant = {
  id: 'I11',
  title: 'every order answered with 201 exists, in a state that fits the answer',
  check({ facts, answers }) {
    if (!answers) {
      const needs = 'answers that a client wrote down: "npm run shop -- load" writes some';
      return { figures: { orders: facts.orders.length }, broken: [], needs };
    }
    const states = new Map(facts.orders.map(({ orderId, state }) => [orderId, state]));
    const broken = answers.flatMap(({ orderId: id, seen }): Breach[] => {
      const state = states.get(id);
      if (!state) return [{ id, problem: 'answered with 201, and there is no such order' }];
      return seen
        .filter((before) => !AFTER[before].includes(state))
        .map((before) => ({ id, problem: `was seen ${before}, and is ${state}` }));
    });
    const orders = new Set(answers.map(({ orderId }) => orderId));
    const figures = {
      answers: answers.length,
      'orders answered': orders.size,
      'orders there': [...orders].filter((id) => states.has(id)).length,
    };
    return { figures, broken };
  },
};
