import { z } from 'zod';
import { readSettings, type Environment } from '../settings.js';
import type { ServiceDefinition } from './service-definition.js';

/** Looks at the settings of all services at once, so that nothing is opened when one is missing. @throws SettingsInvalid */
export const assertServiceSettings = (services: readonly ServiceDefinition[], environment: Environment): void => {
  const shape = Object.assign({}, ...services.map(({ settings }) => settings?.shape ?? {})) as z.ZodRawShape;
  readSettings(z.object(shape), environment);
};
