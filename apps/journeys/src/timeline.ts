import type { Language, Moment } from './stage.js';

const headings = { ko: '연표 (서울 시각)', en: 'Timeline (Seoul time)' } as const;
const seoul = (at: string): string => new Date(Date.parse(at) + 9 * 3_600_000).toISOString().slice(0, 10);

/** What happened, day by day: one line a day and chapter, with how much was done. */
export const timeline = (moments: readonly Moment[], language: Language): string => {
  const days = new Map<string, { readonly day: string; readonly chapter: string; readonly lines: string[] }>();
  for (const { at, chapter, text } of moments) {
    const day = at === '' ? '' : seoul(at);
    const key = `${day} ${chapter.en}`;
    const entry = days.get(key) ?? { day, chapter: chapter[language], lines: [] };
    entry.lines.push(text[language]);
    days.set(key, entry);
  }
  const rows = [...days.values()].map(({ day, chapter, lines }) => `${day.padEnd(11)} ${chapter}: ${lines.slice(0, shownMax).join('; ')}${lines.length > shownMax ? `; … (${lines.length})` : ''}`);
  return `\n${headings[language]}\n${rows.join('\n')}`;
};

/** Lines of one day and chapter that are spelt out. */
const shownMax = 4;
