import { HttpException } from '@nestjs/common';
import { EventStoreLimitExceeded, EventStoreUnavailable, type JsonObject } from '@program-ledger/event-sourcing';
import { ProgrammeUnknown } from '@program-ledger/programme-directory';
import { PositionNotReached } from '@program-ledger/read-models';
import { Problem, type FieldFault, type Language, type ProblemEntry } from './problem.js';
import { hostProblems, type HostProblemCode, type ProblemCatalogue } from './problem-catalogue.js';

/** RFC 9457 problem details, with the members of ours: `code`, `details`, `errors`, `rules`. */
export type ProblemDocument = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly details?: JsonObject;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly rules?: readonly { readonly id: string; readonly facts?: JsonObject }[];
};

const titles: Readonly<Record<number, Readonly<Record<Language, string>>>> = {
  400: { ko: '잘못된 요청', en: 'Bad request' },
  401: { ko: '신원 확인 필요', en: 'Unauthorised' },
  403: { ko: '권한 없음', en: 'Forbidden' },
  404: { ko: '없음', en: 'Not found' },
  409: { ko: '지금은 안 됨', en: 'Conflict' },
  412: { ko: '그 사이에 바뀜', en: 'Precondition failed' },
  413: { ko: '너무 큼', en: 'Too large' },
  415: { ko: '받지 않는 형식', en: 'Unsupported media type' },
  422: { ko: '받아들일 수 없음', en: 'Unprocessable' },
  429: { ko: '너무 잦음', en: 'Too many requests' },
  431: { ko: '머리글이 너무 큼', en: 'Header fields too large' },
  500: { ko: '서버 오류', en: 'Server error' },
  502: { ko: '안쪽 서비스의 잘못된 답', en: 'Bad gateway' },
  503: { ko: '잠시 불가', en: 'Unavailable' },
  504: { ko: '안쪽 서비스가 답하지 않음', en: 'Gateway timeout' },
};

/** Korean when the client asks for it first, else English. */
export const languageOf = (acceptLanguage: string | undefined): Language => {
  const wishes = (acceptLanguage ?? '').split(',', 8).map((part, order) => {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const quality = parameters.map((parameter) => /^\s*q=([01](?:\.\d{1,3})?)$/.exec(parameter)?.[1]).find((found) => found !== undefined);
    return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality), order };
  });
  const best = wishes.filter(({ language, quality }) => (language === 'ko' || language === 'en') && quality > 0).sort((a, b) => b.quality - a.quality || a.order - b.order)[0];
  return best?.language === 'ko' ? 'ko' : 'en';
};

const byStatus: Readonly<Record<number, HostProblemCode>> = { 404: 'route-unknown', 413: 'body-too-large', 415: 'content-type-unsupported', 429: 'too-many-requests', 431: 'request-headers-too-large' };

/** Whatever was thrown, as a problem. What nobody foresaw is `internal` and says nothing of itself. */
export const toProblem = (thrown: unknown, trace: string): Problem => {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof PositionNotReached) return hostProblem('position-not-reached', {}, thrown);
  if (thrown instanceof ProgrammeUnknown) return hostProblem('programme-unknown', { programmeId: thrown.programmeId }, thrown);
  if (thrown instanceof EventStoreUnavailable) return hostProblem('log-unavailable', {}, thrown);
  if (thrown instanceof EventStoreLimitExceeded) return hostProblem('limit-exceeded', { limit: thrown.limit, actual: thrown.actual }, thrown);
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(thrown);
  if (status !== undefined && status < 500) return hostProblem(byStatus[status] ?? 'request-malformed', {}, thrown);
  return hostProblem('internal', { trace }, thrown);
};

/** A problem of the host's own catalogue. */
export const hostProblem = (code: HostProblemCode, details: JsonObject = {}, cause?: unknown): Problem => {
  const { status } = hostProblems[code];
  const headers = status === 503 || status === 429 ? { 'retry-after': '1' } : status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return new Problem({ status, code, details, headers }, cause === undefined ? {} : { cause });
};

const statusOf = (thrown: unknown): number | undefined => {
  const status: unknown = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined;
  return typeof status === 'number' && status >= 400 ? status : undefined;
};

/** @throws Error when the code has no entry: the test of the catalogue finds it before anybody else does. */
export const problemDocument = (problem: Problem, catalogue: ProblemCatalogue, service: string, language: Language): ProblemDocument => {
  const { status, code, details = {} } = problem.fields;
  const found = catalogue.find(service, code);
  const entry = problem.fields.entry ?? found?.entry;
  if (entry === undefined) throw new Error(`problem ${code} of ${service} has no entry`, { cause: problem });
  const detail = sentence(entry, details, language);
  const type = `/problems/${found?.owner ?? service}/${code}`;
  return { type, title: titles[status]?.[language] ?? code, status, code, detail, ...partsOf(problem, detail, language) };
};

/** What only some problems have: parameters, places, rules. */
const partsOf = ({ fields: { details = {}, field, rules } }: Problem, detail: string, language: Language): Pick<ProblemDocument, 'details' | 'errors' | 'rules'> => ({
  ...(Object.keys(details).length > 0 && { details }),
  ...(field !== undefined && { errors: faults(field, detail, language) }),
  ...(rules !== undefined && { rules }),
});

const faults = (field: string | readonly FieldFault[], detail: string, language: Language) =>
  typeof field === 'string' ? [{ pointer: field, detail }] : field.map((fault) => ({ pointer: fault.pointer, detail: typeof fault.detail === 'string' ? fault.detail : fault.detail[language] }));

const sentence = (entry: ProblemEntry, details: JsonObject, language: Language): string =>
  entry[language].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = details[name];
    return value === undefined || value === null ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  });
