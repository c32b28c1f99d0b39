import { expect, test } from '@jest/globals';
import { ownEnvironment } from './platform-process.js';

test('an embedded platform hears nothing of the engines that a shell was told of for services that run apart', () => {
  expect(ownEnvironment({ PATH: '/bin', LEDGER_LOG_URL: 'postgres://elsewhere', LEDGER_BROKER_URL: 'kafka://elsewhere', JAVA_HOME: '/java' })).toEqual({ PATH: '/bin', JAVA_HOME: '/java' });
});
