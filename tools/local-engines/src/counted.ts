/** What a run of several parts comes to. */
export type Count = { readonly passed: number; readonly failed: number };

const said = (line: string, word: 'passed' | 'failed'): number => Number(new RegExp(`(\\d+) ${word}`, 'u').exec(line)?.[1] ?? 0);

/** Of a part: the tests that Jest counted one by one; one thing, where Jest counted none. A part that failed without a failed test has failed in one thing more. */
export const countOf = (printed: string, isSound: boolean): Count => {
  const lines = printed.match(/^Tests: .*$/gmu) ?? [];
  const passed = lines.reduce((sum, line) => sum + said(line, 'passed'), 0);
  const failed = lines.reduce((sum, line) => sum + said(line, 'failed'), 0);
  if (isSound) return { passed: lines.length === 0 ? 1 : passed, failed };
  return { passed, failed: Math.max(1, failed) };
};

/** Of all parts, in the words in which Jest says it, so that whoever counts reads one line. */
export const lineOf = (counts: readonly Count[]): string => {
  const [passed, failed] = [counts.reduce((sum, count) => sum + count.passed, 0), counts.reduce((sum, count) => sum + count.failed, 0)];
  return `Tests:       ${failed === 0 ? '' : `${failed} failed, `}${passed} passed, ${passed + failed} total`;
};
