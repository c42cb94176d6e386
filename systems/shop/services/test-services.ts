export { startServices, type TestServices, withLateClock } from './fixtures/test-services.ts';
