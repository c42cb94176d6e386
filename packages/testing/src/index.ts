export { createRecordedLog, type LogLine, type RecordedLog } from './recorded-log.ts';
export { startTestSystem, type TestSystem, type TestSystemOptions } from './start-test-system.ts';
