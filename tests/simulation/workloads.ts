import type { Workload } from '@portico/testing';
import { bankWorkload } from './bank.ts';
import { checkoutWorkload } from './checkout.ts';
import { jobsWorkload } from './jobs.ts';
import { logWorkload } from './log.ts';
import { setsWorkload } from './sets.ts';
import { shopWorkload } from './shop.ts';

/** Everything that is simulated. */
export const workloads: readonly Workload[] = [
  bankWorkload,
  setsWorkload,
  logWorkload,
  jobsWorkload,
  checkoutWorkload,
  shopWorkload,
];
