import type { Story } from '../story.js';
import { nipa2025 } from './nipa-2025/nipa-2025.js';
import { secondChance } from './second-chance/second-chance.js';

/** Every story that can be played, by its name. */
export const stories: Readonly<Record<string, Story>> = { 'nipa-2025': nipa2025, 'second-chance': secondChance };
