import type { Story } from '../story.js';

/** Every story that can be played, by its name. */
export const stories: Readonly<Record<string, Story>> = {};
