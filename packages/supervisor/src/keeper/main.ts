import { type KeeperSettings, keep } from './keeper.ts';

// The keeper's program: its one argument is its settings, as JSON. Started by `startKeeper` alone.
const settings = JSON.parse(process.argv[2] ?? '') as KeeperSettings;
process.title = 'portico keeper';
await keep(settings);
process.exit(0);
