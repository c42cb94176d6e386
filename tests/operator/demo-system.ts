// The demo as `portico start` loads it. DEMO=hang: calls never end. DEMO=throw, DEMO=exit: it ends by itself.
import { createDemo } from './demo.ts';

const demo = createDemo({ broken: false, heard: [] });
if (process.env.DEMO === 'throw') {
  process.once('SIGUSR2', () => {
    throw new Error('A bug nobody has caught.');
  });
}
if (process.env.DEMO === 'exit') process.once('SIGUSR2', () => process.exit(0));
if (process.env.DEMO === 'hang') {
  const [first] = demo.services;
  if (first) Object.assign(first.spec, { stop: () => new Promise(() => {}) });
}

export default demo;
