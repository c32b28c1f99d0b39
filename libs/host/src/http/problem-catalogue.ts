import type { ProblemEntry } from './problem.js';

/** Every problem that the host itself answers with; services add their rejections. Codes never change their meaning. */
export const hostProblems = {
  'json-malformed': { status: 400, ko: '본문이 JSON이 아닙니다: {reason}', en: 'The body is not JSON: {reason}' },
  'json-key-repeated': { status: 400, ko: '키 “{key}”이(가) 한 객체에 두 번 있습니다.', en: 'The key “{key}” is in one object twice.' },
  'json-key-forbidden': { status: 400, ko: '키 “{key}”은(는) 쓸 수 없습니다.', en: 'The key “{key}” is not allowed.' },
  'json-number-unsafe': { status: 400, ko: '수 {number}은(는) 2^53을 넘어 정확히 읽을 수 없습니다. 금액은 문자열로 보내십시오.', en: 'The number {number} is beyond 2^53 and cannot be read exactly; send amounts as strings.' },
  'json-lone-surrogate': { status: 400, ko: '글자가 온전하지 않습니다 (짝 없는 대리 문자).', en: 'The text is broken: a surrogate without its pair.' },
  'json-too-deep': { status: 400, ko: '본문이 {bodyDepthMax}단보다 깊습니다.', en: 'The body is nested deeper than {bodyDepthMax}.' },
  'body-not-utf8': { status: 400, ko: '본문이 UTF-8이 아닙니다.', en: 'The body is not UTF-8.' },
  'body-too-large': { status: 413, ko: '본문이 {limit}바이트보다 큽니다.', en: 'The body is larger than {limit} bytes.' },
  'charset-unsupported': { status: 415, ko: '본문은 UTF-8이어야 합니다 ({charset}).', en: 'A body is UTF-8, not {charset}.' },
  'content-type-unsupported': { status: 415, ko: '이 경로는 {accepted}만 받습니다.', en: 'This route takes {accepted} only.' },
  'content-encoding-unsupported': { status: 415, ko: '본문의 인코딩({coding})은 받지 않습니다. 압축하지 않은 그대로 보내십시오.', en: 'Bodies are taken as they are, not in the coding {coding}.' },
  'request-invalid': { status: 400, ko: '요청에 틀린 곳이 있습니다.', en: 'The request is at fault in the places named.' },
  'request-malformed': { status: 400, ko: '요청을 읽을 수 없습니다.', en: 'The request cannot be read.' },
  'request-headers-too-large': { status: 431, ko: '요청 머리글이 너무 큽니다.', en: 'The header fields of the request are too large.' },
  'token-missing': { status: 401, ko: '토큰이 필요합니다.', en: 'A token is needed.' },
  'token-invalid': { status: 401, ko: '토큰을 믿을 수 없습니다: {reason}', en: 'The token cannot be trusted: {reason}' },
  'identity-unavailable': { status: 503, ko: '신원 제공자에 닿지 못했습니다.', en: 'The identity provider cannot be reached.' },
  'role-missing': { status: 403, ko: '이 일에는 {roles} 역할이 필요합니다.', en: 'This needs the role {roles}.' },
  'not-yours': { status: 403, ko: '본인 또는 소속 기관의 것이 아닙니다.', en: 'This is not yours, nor of an organisation you act for.' },
  'route-undeclared': { status: 403, ko: '누구에게 열린 경로인지 정해지지 않았습니다.', en: 'Nobody has declared whom this route is open to.' },
  'route-unknown': { status: 404, ko: '그런 경로가 없습니다.', en: 'There is no such route.' },
  'not-found': { status: 404, ko: '그 위치에는 없습니다.', en: 'There is no such thing at that position.' },
  'programme-unknown': { status: 404, ko: '그런 사업이 없습니다.', en: 'There is no such programme.' },
  'idempotency-key-required': { status: 400, ko: 'Idempotency-Key 머리글이 필요합니다.', en: 'The header Idempotency-Key is needed.' },
  'idempotency-key-reused': { status: 422, ko: '같은 Idempotency-Key로 다른 요청이 이미 있었습니다.', en: 'The same Idempotency-Key came before with another request.' },
  'revision-conflict': { status: 409, ko: '그 사이에 바뀌었습니다 (본 것 {expected}, 지금 {actual}).', en: 'It has changed meanwhile (seen {expected}, now {actual}).' },
  'position-ahead': { status: 422, ko: '로그에 아직 없는 위치입니다.', en: 'That position is not in the log yet.' },
  'position-not-reached': { status: 503, ko: '화면이 아직 그 위치까지 오지 않았습니다.', en: 'The views have not come to that position yet.' },
  'too-many-requests': { status: 429, ko: '요청이 너무 잦습니다.', en: 'Too many requests.' },
  overloaded: { status: 503, ko: '처리 중인 명령이 너무 많습니다.', en: 'Too many commands are being handled.' },
  draining: { status: 503, ko: '끝내는 중입니다.', en: 'The process is coming to its end.' },
  'log-unavailable': { status: 503, ko: '이벤트 로그에 닿지 못했습니다. 같은 Idempotency-Key로 다시 보내십시오.', en: 'The event log cannot be reached; send it again with the same Idempotency-Key.' },
  'limit-exceeded': { status: 422, ko: '한도 {limit}을(를) 넘었습니다 ({actual}).', en: 'The limit {limit} is exceeded ({actual}).' },
  'invented-refused': { status: 422, ko: '지어낸 자료는 연습에서만 받습니다.', en: 'Invented data is taken in rehearsals only.' },
  'rebuild-stopped': { status: 409, ko: '{stream}의 사건 {eventType}에서 멈췄습니다: {reason}', en: 'It stopped at the event {eventType} of {stream}: {reason}' },
  'service-away': { status: 503, ko: '{service} 서비스에 닿지 못했습니다. 같은 Idempotency-Key로 다시 보내십시오.', en: 'The service {service} cannot be reached; send it again with the same Idempotency-Key.' },
  'service-broke-off': { status: 502, ko: '{service} 서비스의 답이 끊겼습니다. 같은 Idempotency-Key로 다시 보내십시오.', en: 'The service {service} broke off its answer; send it again with the same Idempotency-Key.' },
  'service-too-slow': { status: 504, ko: '{service} 서비스가 {seconds}초 안에 답하지 않았습니다. 같은 Idempotency-Key로 다시 보내십시오.', en: 'The service {service} did not answer within {seconds} s; send it again with the same Idempotency-Key.' },
  internal: { status: 500, ko: '서버의 잘못입니다. 추적 번호 {trace}', en: 'The server is at fault; trace {trace}.' },
} as const satisfies Readonly<Record<string, ProblemEntry>>;

export type HostProblemCode = keyof typeof hostProblems;

/** Finds the sentence of a code: first among those of the service, then the host's. */
export class ProblemCatalogue {
  private readonly services = new Map<string, Readonly<Record<string, ProblemEntry>>>();

  /** @throws Error when a service gives a host's code a meaning of its own. */
  add(service: string, entries: Readonly<Record<string, ProblemEntry>>): void {
    const taken = Object.keys(entries).filter((code) => Object.hasOwn(hostProblems, code));
    if (taken.length > 0) throw new Error(`${service} redefines ${taken.join(', ')}`);
    this.services.set(service, entries);
  }

  find(service: string, code: string): { readonly owner: string; readonly entry: ProblemEntry } | undefined {
    const own = this.services.get(service);
    if (own !== undefined && Object.hasOwn(own, code)) return { owner: service, entry: own[code]! };
    return Object.hasOwn(hostProblems, code) ? { owner: 'host', entry: hostProblems[code as HostProblemCode] } : undefined;
  }

  /** Everything, for the pages and the reference. */
  entries(): readonly { readonly owner: string; readonly code: string; readonly entry: ProblemEntry }[] {
    const owners: [string, Readonly<Record<string, ProblemEntry>>][] = [['host', hostProblems], ...this.services];
    return owners.flatMap(([owner, entries]) => Object.entries(entries).map(([code, entry]) => ({ owner, code, entry })));
  }
}
