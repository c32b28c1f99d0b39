import type { RejectionEntry, Rejections } from '@program-ledger/host';
import type { GrantRejection } from '../domain/grant/grant.decider.js';
import type { PoolRejection } from '../domain/pool/pool.decider.js';

const said = (status: RejectionEntry['status'], ko: string, en: string): RejectionEntry => ({ status, ko, en });

/** Every refusal of this service, in both languages. A code that two aggregates share means the same in both. */
export const rejections = {
  'unknown-reservation': said(404, '이 사업의 자원 풀에 그런 GPU 배정이 없습니다.', 'The pool of this programme has reserved no such grant.'),

  // Not now.
  'agreement-not-signed': said(409, '협약이 체결되지 않아 GPU를 인도할 수 없습니다.', 'No GPUs are handed over before the agreement is signed.'),
  'not-reserved': said(409, '예약된 배정이 아닙니다 (현재 {status}).', 'The grant is not reserved (it is {status}).'),
  'not-delivered': said(409, '인도된 배정이 아닙니다 (현재 {status}).', 'The grant was not delivered (it is {status}).'),
  'not-out': said(409, '인도 중인 GPU가 아닙니다 (현재 {status}).', 'These GPUs are not out (the grant is {status}).'),
  'term-not-begun': said(409, '배정 기간은 {from}에 시작합니다.', 'The term of the grant begins on {from}.'),
  'term-over': said(409, '배정 기간이 {to}에 끝났습니다.', 'The term of the grant ended on {to}.'),
  'pool-exhausted': said(409, '남은 GPU가 {free}장이어서 {gpus}장을 인도할 수 없습니다.', 'Only {free} GPUs are in; {gpus} cannot be handed over.'),
  'promised-beyond': said(
    409,
    '{on}에 이미 {promised}장이 배정되어 있어 {capacity}장으로 줄일 수 없습니다.',
    'On {on} there are {promised} GPUs promised or out, more than {capacity}.',
  ),
  'limit-reached': said(409, '한도에 이르렀습니다: {limit}.', 'A limit is reached: {limit}.'),

  // Never like this.
  'day-passed': said(422, '{day}은(는) 이미 지났습니다.', '{day} has passed.'),
} satisfies Rejections<PoolRejection | GrantRejection>;
