import type { DynamicModule } from '@nestjs/common';
import type { ServiceDefinition, ServiceResources } from './service-definition.js';

/** One service as a Nest module: controllers with Commands (its own categories only), Views, clocks and roles to inject. */
export const serviceModule = (definition: ServiceDefinition, resources: ServiceResources): DynamicModule => {
  const module = { [definition.name]: class {} }[definition.name]!;
  return { module, controllers: [...definition.controllers], providers: [...(definition.providers?.(resources) ?? [])] };
};
