import { readFileSync } from 'node:fs';
import type { StoryData } from './enact/programme.js';

// Beside the sources, whether this runs from them or from what was built of them.
const fileOf = (story: string, name: string): URL => new URL(`../src/stories/${story}/${name}`, import.meta.url);

/** What a story plays, and by which rules: data, kept as JSON. */
export const storyFiles = (story: string): { readonly data: StoryData; readonly rulebookText: string } => ({
  data: JSON.parse(readFileSync(fileOf(story, 'story.json'), 'utf8')) as StoryData,
  rulebookText: readFileSync(fileOf(story, 'rulebook.json'), 'utf8'),
});
