import type { RulebookIssue } from './parse.js';
import type { RulebookDocument } from './rulebook.js';

export const checkRulebook = (_: RulebookDocument): readonly RulebookIssue[] => [];
