export type { Person } from './client.js';
export { peopleOf, sizes } from './people.js';
