import type { Person } from './client.js';
import { castOf, representativeOf } from './enact/cast.js';
import { storyFiles } from './story-files.js';

/** How many judge and how many decide in each story: what its cast is made of. */
export const sizes = { 'nipa-2025': { reviewers: 7, committee: 5 }, 'second-chance': { reviewers: 5, committee: 6 } } as const;

/** Everybody who acts in a story, as an identity provider has to know them. All are invented. */
export const peopleOf = (story: keyof typeof sizes): readonly Person[] => {
  const { committee, reviewers, ...alone } = castOf(story, sizes[story]);
  return [...Object.values(alone), ...committee, ...reviewers, ...storyFiles(story).data.organisations.map(({ key }) => representativeOf(story, key))];
};
