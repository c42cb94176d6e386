import type { Workload } from '@portico/testing';
import { bankWorkload } from './bank.ts';
import { checkoutWorkload } from './checkout.ts';
import { logWorkload } from './log.ts';

/** Everything that is simulated. */
export const workloads: readonly Workload[] = [bankWorkload, logWorkload, checkoutWorkload];
