/** Whether tests run at the size of the design (`npm run test:faults`), or at that of `npm test`. */
export const FULL_SIZE = process.env.PORTICO_FAULTS === 'all';

/** Why a test is left out of `npm test`. */
export const LEFT_OUT = 'it takes its time: npm run test:faults runs it';
