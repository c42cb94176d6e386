export { sqliteDriver } from './sqlite-driver.ts';
