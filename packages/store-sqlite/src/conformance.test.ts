import { test } from 'node:test';
import { storeConformance } from '@portico/store/spi';
import { inPlace } from './fixture.ts';

for (const { name, run } of storeConformance) test(name, () => inPlace(run));
