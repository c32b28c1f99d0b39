import type { RejectionEntry, Rejections } from '@program-ledger/host';
import type { AgreementTermsRejection } from '../domain/agreement-terms/agreement-terms.decider.js';
import type { AgreementRejection } from '../domain/agreement/agreement.decider.js';
import type { InstalmentPlanRejection } from '../domain/instalment-plan/instalment-plan.decider.js';
import type { JournalRejection } from '../domain/journal/journal.decider.js';

type Code = AgreementTermsRejection | AgreementRejection | InstalmentPlanRejection | JournalRejection | 'rulebook-not-received';

const said = (status: RejectionEntry['status'], ko: string, en: string): RejectionEntry => ({ status, ko, en });

/** Every refusal of this service, in both languages. A code that two aggregates share means the same in both. */
export const rejections = {
  // Not there, or not in this programme.
  'unknown-agreement': said(404, '이 사업에 그런 협약이 없습니다.', 'This programme has no such agreement.'),
  'unknown-plan': said(404, '체결된 협약이 없어 지급 계획도 없습니다.', 'There is no instalment plan: no such agreement was signed.'),
  'unknown-instalment': said(404, '지급 계획에 그런 분할 지급이 없습니다.', 'The plan has no such instalment.'),
  'unknown-member': said(404, '협약의 주관·참여기관이 아닙니다.', 'The organisation is not a member of the agreement.'),

  // Not yours.
  'not-representative': said(403, '이 기관을 대표해 할 수 있는 사람이 아닙니다.', 'You do not act for the organisation that has to do this.'),

  // Not now.
  'not-offered': said(409, '체결을 기다리는 협약이 아닙니다 (현재 {status}).', 'The agreement is not open for signature (it is {status}).'),
  'repair-over': said(409, '수행계획서 보완 기간이 {until}에 끝났습니다.', 'The time for repairing the plan ended at {until}.'),
  'signing-begun': said(409, '서명이 시작되어 계획을 바꿀 수 없습니다.', 'Signing has begun; the plan stands.'),
  'signing-over': said(409, '협약 체결 기간이 {until}에 끝났습니다.', 'The time for signing ended at {until}.'),
  'not-signed': said(409, '아직 체결되지 않은 협약입니다.', 'The agreement has not been signed.'),
  'not-ended': said(409, '아직 끝나지 않은 협약입니다 (현재 {status}).', 'The agreement has not ended (it is {status}).'),
  'not-due': said(409, '청구할 때가 아닙니다 (현재 {status}).', 'The instalment is not due (it is {status}).'),
  'not-claimed': said(409, '청구되지 않은 분할 지급입니다 (현재 {status}).', 'The instalment has not been claimed (it is {status}).'),
  'own-share-unpaid': said(
    409,
    '민간부담금 현금 {missing}이(가) 들어오지 않아 지급을 보류합니다.',
    'Payment is held: {missing} of the own share in cash is not paid.',
  ),
  'expenses-missing': said(409, '집행 보고가 없어 정산할 수 없습니다.', 'Nothing is settled before expenses are reported.'),
  'payment-open': said(409, '분할 지급 {instalment}이(가) 아직 지급되지 않았습니다.', 'Instalment {instalment} is claimed and not paid yet.'),
  'not-closed': said(409, '협약이 끝나지 않아 정산할 수 없습니다.', 'Nothing is settled while the agreement is in force.'),
  'not-settled': said(409, '아직 정산되지 않아 환수할 금액이 없습니다.', 'Nothing is to come back before the settlement.'),
  'settled-already': said(409, '이미 정산되었습니다.', 'It is settled already.'),
  'rulebook-not-received': said(409, '협약의 운영 규정이 이 서비스에 아직 오지 않았습니다.', 'The rulebook of the agreement has not come to this service yet.'),
  'limit-reached': said(409, '한도에 이르렀습니다: {limit}.', 'A limit is reached: {limit}.'),

  // Never like this.
  'exceeds-own-share': said(422, '남은 부담금 {left}보다 많습니다.', 'More than the {left} that are left of the share.'),
  'exceeds-paid': said(422, '지급액 {paid}보다 많이 집행할 수 없습니다.', 'More than the {paid} that were paid.'),
  'exceeds-spent': said(422, '집행 보고액 {spent}보다 많습니다.', 'More than the {spent} that were reported as spent.'),
  'exceeds-recovery': said(422, '남은 환수금 {left}보다 많습니다.', 'More than the {left} that are still to come back.'),
  'digest-differs': said(
    422,
    '운영 규정의 다이제스트가 다릅니다 (밝힌 값 {stated}, 계산한 값 {computed}).',
    'The digest of the rulebook differs (stated {stated}, computed {computed}).',
  ),
  'other-rulebook': said(422, '협약은 운영 규정 {stated}에 따릅니다.', 'The agreement goes by the rulebook {stated}.'),
  unbalanced: said(422, '{commodity} 분개의 합이 {sum}입니다.', 'The entry does not balance: {commodity} adds up to {sum}.'),
  'nothing-posted': said(422, '분개할 것이 없습니다.', 'The entry posts nothing.'),
} satisfies Rejections<Code>;
