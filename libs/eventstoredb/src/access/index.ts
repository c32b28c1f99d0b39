export { eventStoreDbGroups, grantEventStoreDbAccess, guardStreams, type EventStoreDbAccess } from './grants.js';
export { declareUsers, UsersRefused, usersLimits, type EventStoreDbUser } from './users.js';
