import type { DynamicModule, Provider } from '@nestjs/common';
import { Commands, EventStore } from '@program-ledger/event-sourcing';
import { ProgrammeClocks, RoleAssignments } from '@program-ledger/programme-directory';
import { Views } from '@program-ledger/read-models';
import type { Reacting } from '@program-ledger/messaging';
import { DataSource } from 'typeorm';
import { operationsController, Operations } from './operations.controller.js';
import type { ServiceDefinition, ServiceResources } from './service-definition.js';
import { reactionsController } from './transport.js';

export type ServiceModuleOptions = {
  readonly definition: ServiceDefinition;
  readonly resources: ServiceResources;
  readonly roles: Pick<RoleAssignments, 'rolesOf'>;
  readonly reacting: Reacting;
  readonly operations: Operations;
};

/** One service as a Nest module: its controllers, with what they inject, its reactions as handlers, its operators' routes. */
export const serviceModule = ({ definition, resources, roles, reacting, operations }: ServiceModuleOptions): DynamicModule => {
  const module = { [definition.name]: class {} }[definition.name]!;
  const { store, commands, views, clocks, database } = resources;
  const own: readonly Provider[] = [
    { provide: EventStore, useValue: store },
    { provide: Commands, useValue: commands },
    { provide: Views, useValue: views },
    { provide: ProgrammeClocks, useValue: clocks },
    { provide: RoleAssignments, useValue: roles },
    { provide: DataSource, useValue: database },
    { provide: Operations, useValue: operations },
  ];
  return {
    module,
    controllers: [...definition.controllers, operationsController(definition.name), reactionsController(reacting)],
    providers: [...own, ...(definition.providers?.(resources) ?? [])],
  };
};
