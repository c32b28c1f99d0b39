import { Refused, type Client, type Person } from './client.js';

export type Language = 'ko' | 'en';
export type Bilingual = Readonly<Record<Language, string>>;

/** One line of the timeline: what was done, at which programme time, up to which position of the log. */
export type Moment = { readonly at: string; readonly chapter: Bilingual; readonly text: Bilingual };

/** Where a story plays: people act through their clients, and what they do is told as it happens. */
export type Stage = {
  readonly client: Client;
  readonly run: string;
  readonly moments: readonly Moment[];
  /** The current programme time, as last set. */
  readonly now: () => string;
  readonly chapter: (title: Bilingual) => void;
  /** Does something and tells it; the sentence may use what came out. */
  readonly tell: <T>(text: Bilingual | ((outcome: T) => Bilingual), act: () => Promise<T>) => Promise<T>;
  /** Does something that must be refused with this code, and tells it. */
  readonly refuses: (code: string, text: Bilingual, act: () => Promise<unknown>) => Promise<Refused>;
  /** Sets the programme's clock; answers when every timer that fell due has been handled. */
  readonly clock: (setter: Person, programmeId: string, to: string) => Promise<void>;
};

export const stageFor = (client: Client, run: string, language: Language, print: (line: string) => void): Stage => {
  const moments: Moment[] = [];
  let at = '';
  let chapter: Bilingual = { ko: '', en: '' };
  const note = (text: Bilingual): void => {
    moments.push({ at, chapter, text });
    print(`  ${at === '' ? '                ' : local(at)}  ${text[language]}`);
  };
  return {
    client,
    run,
    moments,
    now: () => at,
    chapter: (title) => {
      chapter = title;
      print(`\n${title[language]}`);
    },
    tell: async (text, act) => {
      const outcome = await act();
      note(typeof text === 'function' ? text(outcome) : text);
      return outcome;
    },
    refuses: async (code, text, act) => {
      const outcome = await act().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!(outcome instanceof Refused)) throw new Error(`was to be refused with ${code}: ${text.en}`, { cause: outcome });
      if (outcome.code !== code) throw new Error(`was to be refused with ${code}, but: ${outcome.message}`);
      note(text);
      return outcome;
    },
    clock: async (setter, programmeId, to) => {
      await client.put(setter, `/applications/programmes/${programmeId}/clock`, { to });
      at = to;
    },
  };
};

/** Minutes in Seoul time, where both programmes live. */
const local = (instant: string): string => new Date(Date.parse(instant) + 9 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
