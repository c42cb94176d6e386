export {
  startServices,
  type TestServices,
  withLateClock,
  withPatience,
} from './fixtures/test-services.ts';
