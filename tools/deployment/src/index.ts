export { realmFile, realmName, storiesClient } from './realm.js';
