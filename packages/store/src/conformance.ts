import type { ConformanceCase } from './conformance-case.ts';
import { deliveryConformance } from './conformance-delivery.ts';
import { jobConformance } from './conformance-job.ts';
import { migrationConformance } from './conformance-migration.ts';
import { outcomeConformance } from './conformance-outcome.ts';
import { sagaConformance } from './conformance-saga.ts';
import { transactionConformance } from './conformance-transaction.ts';

/** What makes a driver a driver, whatever the engine. Register each case with your test runner. */
export const storeConformance: readonly ConformanceCase[] = [
  ...transactionConformance,
  ...outcomeConformance,
  ...migrationConformance,
  ...deliveryConformance,
  ...sagaConformance,
  ...jobConformance,
];
