/** One thing that is wrong with a rulebook: what, and where as a JSON Pointer. */
export type RulebookIssue = { readonly code: string; readonly pointer: string; readonly message: string };

export const issue = (code: string, pointer: string, message: string): RulebookIssue => ({ code, pointer, message });
