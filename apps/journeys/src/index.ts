export { Client, type Captured, type Person } from './client.js';
export { peopleOf, sizes } from './people.js';
export { stageFor } from './stage.js';
export { stories } from './stories/index-of-stories.js';
