import type { RejectionEntry, Rejections } from '@program-ledger/host';
import type { AssessmentRejection } from '../domain/assessment/assessment.decider.js';
import type { DecisionRejection } from '../domain/decision/decision.commands.js';
import type { DocketRejection } from '../domain/docket/docket.decider.js';
import type { ObjectionRejection } from '../domain/objection/objection.decider.js';
import type { PanelRejection } from '../domain/panel/panel.commands.js';
import type { ReviewerRejection } from '../domain/reviewer/reviewer.decider.js';
import type { RuleTextRejection } from '../domain/rule-text/rule-text.decider.js';

type Code =
  | AssessmentRejection
  | DecisionRejection
  | DocketRejection
  | ObjectionRejection
  | PanelRejection
  | ReviewerRejection
  | RuleTextRejection
  | 'round-not-opened'
  | 'rulebook-not-received';

const said = (status: RejectionEntry['status'], ko: string, en: string): RejectionEntry => ({ status, ko, en });

/** Every refusal of this service, in both languages. A code that two aggregates share means the same in both. */
export const rejections = {
  // Not there, or not in this programme.
  'unknown-reviewer': said(404, '등록된 평가위원이 아닙니다.', 'There is no such reviewer.'),
  'unknown-docket': said(404, '이 사업에 그런 공고의 심사가 없습니다.', 'This programme has no docket of that call.'),
  'unknown-panel': said(404, '평가위원회가 아직 구성되지 않았습니다.', 'No panel has been convened for this round.'),
  'unknown-assessment': said(404, '그런 평가표가 없습니다.', 'There is no such assessment.'),
  'unknown-decision': said(404, '이 단계의 심의위원회가 아직 구성되지 않았습니다.', 'No committee has been convened for this round.'),
  'unknown-objection': said(404, '그런 이의신청이 없습니다.', 'There is no such objection.'),
  'round-not-opened': said(404, '평가 단계 {roundId}이(가) 열리지 않았습니다.', 'Round {roundId} has not been opened.'),
  'rulebook-not-received': said(409, '적용할 운영 규정이 아직 도착하지 않았습니다.', 'The rulebook in force has not been received yet.'),

  // Not theirs to do.
  'not-your-assessment': said(403, '본인에게 배정된 평가표가 아닙니다.', 'This assessment is another reviewer’s.'),
  'own-conflict': said(403, '본인의 이해충돌은 본인이 판단할 수 없습니다.', 'Nobody judges their own conflict.'),
  'not-the-named-role': said(403, '운영 규정상 {role} 역할만 예외를 인정할 수 있습니다.', 'By the rulebook only a {role} may override this.'),
  'not-the-chair': said(403, '평가위원장만 할 수 있습니다.', 'Only the chair of the panel may do this.'),
  'not-on-committee': said(403, '심의위원회 위원이 아닙니다.', 'Only members of the committee may do this.'),
  'not-a-representative': said(403, '신청 {applicationId}의 대표자가 아닙니다.', 'You do not act for application {applicationId}.'),
  'own-objection': said(403, '본인이 제기한 이의신청에는 답할 수 없습니다.', 'Nobody answers their own objection.'),

  // Not now.
  'already-registered': said(409, '이미 다른 내용으로 등록되어 있습니다 ({status}).', 'Already registered with other facts ({status}).'),
  'reviewer-retired': said(409, '해촉된 평가위원입니다.', 'The reviewer has retired.'),
  'received-otherwise': said(409, '다른 후보 목록을 이미 받았습니다.', 'Another list of candidates was received before.'),
  'round-already-opened': said(409, '평가 단계 {roundId}은(는) 이미 열렸습니다.', 'Round {roundId} has been opened already.'),
  'previous-round-unsettled': said(409, '앞 단계 {roundId}의 이의신청 기간이 끝나지 않았습니다.', 'The round before, {roundId}, can still be objected to.'),
  'selection-unsettled': said(409, '선정 결과에 대한 이의신청 기간이 끝나지 않았습니다.', 'The selection can still be objected to.'),
  'seat-already-refilled': said(409, '{replaces}의 자리는 이미 채워졌습니다.', 'The seat of {replaces} has been refilled already.'),
  'already-convened': said(409, '이미 구성되었습니다.', 'It has been convened already.'),
  'assessments-outstanding': said(409, '제출되지 않은 평가표가 {count}건 있습니다.', '{count} assessments are outstanding.'),
  'scoring-closed': said(409, '채점이 마감되었습니다.', 'Scoring is closed.'),
  'scoring-open': said(409, '채점이 아직 마감되지 않았습니다.', 'Scoring is still open.'),
  'already-opened': said(409, '이미 개봉되었습니다.', 'The seals have been opened already.'),
  'already-declared': said(409, '이해충돌 여부를 이미 신고했습니다 ({standing}).', 'A declaration has been made already ({standing}).'),
  'not-declared': said(409, '신고된 이해충돌이 없습니다 ({standing}).', 'No conflict is declared ({standing}).'),
  'not-excluded': said(409, '제척되지 않았습니다 ({standing}).', 'The reviewer is not excluded ({standing}).'),
  'declaration-missing': said(409, '이해충돌 여부를 먼저 신고해야 합니다.', 'Declare first whether there is a conflict.'),
  excluded: said(409, '이해충돌({kind})로 제척되었습니다.', 'The reviewer is excluded by a conflict ({kind}).'),
  'already-sealed': said(409, '점수를 이미 봉인했습니다.', 'The scores have been sealed already.'),
  'already-proposed': said(409, '지금은 심의 중이 아닙니다 ({status}).', 'The committee is not deliberating now ({status}).'),
  'not-ranked': said(409, '순위가 아직 없습니다.', 'There is no ranking yet.'),
  'gates-missing': said(409, '신청 {applicationId}의 통과 요건이 모두 확인되지 않았습니다.', 'Gates of application {applicationId} have no result yet.'),
  'not-proposed': said(409, '표결할 안건이 없습니다 ({status}).', 'There is no proposal to vote on ({status}).'),
  'already-voted': said(409, '이미 표결했습니다 ({vote}).', 'The vote has been cast already ({vote}).'),
  'no-quorum': said(409, '정족수 {quorum}명에 미치지 못했습니다 (출석 {present}명).', 'The quorum is {quorum}; {present} are present.'),
  'not-confirmed': said(
    409,
    '심의위원회가 확정하지 않은 결과는 발표할 수 없습니다 ({status}).',
    'Nothing is announced before the committee confirmed it ({status}).',
  ),
  'already-announced': said(409, '이미 발표되었습니다 ({notice}차).', 'It has been announced already (notice {notice}).'),
  'window-not-open': said(409, '이의신청 기간이 아닙니다 ({status}).', 'There is no time to object now ({status}).'),
  'already-waived': said(409, '신청 {applicationId}은(는) 이의신청을 이미 포기했습니다.', 'Application {applicationId} has waived its objection.'),
  'already-objected': said(409, '신청 {applicationId}은(는) 이의신청을 이미 했습니다.', 'Application {applicationId} has objected already.'),
  'already-answered': said(409, '이미 답한 이의신청입니다 ({outcome}).', 'The objection has been answered already ({outcome}).'),

  // Never like this.
  'invented-in-production': said(422, '가상의 인물은 예행에서만 등록할 수 있습니다.', 'Invented people are for rehearsals only.'),
  'digest-differs': said(422, '본문의 다이제스트가 {computed}이며 {stated}이(가) 아닙니다.', 'The digest of the text is {computed}, not {stated}.'),
  'unknown-round': said(422, '운영 규정에 평가 단계 {roundId}이(가) 없습니다.', 'The rulebook has no round {roundId}.'),
  'rulebook-differs': said(422, '적용할 운영 규정은 {inForce}입니다.', 'The rulebook in force is {inForce}.'),
  'no-subjects': said(422, '평가할 대상이 없습니다.', 'There is nobody to judge.'),
  'unknown-subject': said(422, '신청 {applicationId}은(는) 이 단계의 대상이 아닙니다.', 'Application {applicationId} is not a subject of this round.'),
  'not-on-reserve': said(422, '신청 {applicationId}은(는) 예비 선정이 아닙니다.', 'Application {applicationId} is not on the reserve.'),
  'not-next-in-reserve': said(422, '예비 순위의 다음은 {next}입니다.', 'Next on the reserve is {next}.'),
  'seat-not-lost': said(422, '{replaces}은(는) 자리를 잃지 않았습니다.', '{replaces} has not lost a seat.'),
  'wrong-size': said(422, '평가위원은 {size}명이어야 합니다 (현재 {given}명).', 'The panel has {size} members, not {given}.'),
  'member-twice': said(422, '같은 사람이 두 번 들어 있습니다.', 'Somebody is named twice.'),
  'member-is-party': said(422, '위원이 신청 {applicationId}의 대표자입니다.', 'A member acts for application {applicationId}.'),
  'reviewer-unavailable': said(422, '평가위원 {reviewerId}을(를) 위촉할 수 없습니다 ({status}).', 'Reviewer {reviewerId} cannot be asked ({status}).'),
  'chair-not-a-member': said(422, '위원장은 위원 가운데에서 정해야 합니다.', 'The chair is one of the members.'),
  'too-many-assessments': said(422, '한 위원회의 평가표는 {max}건을 넘을 수 없습니다.', 'A panel has at most {max} assessments.'),
  'below-quorum': said(
    422,
    '신청 {applicationId}의 평가가 정족수 {quorum}건에 미치지 못합니다.',
    'Application {applicationId} has fewer scores than the quorum of {quorum}.',
  ),
  'seals-differ': said(
    422,
    '개봉할 점수가 봉인된 것과 다릅니다 (봉인 {expected}건, 일치 {matching}건, 제출 {given}건).',
    'What is to be opened is not what was sealed ({expected} sealed, {matching} match, {given} given).',
  ),
  'unknown-conflict-kind': said(422, '운영 규정에 없는 이해충돌 유형입니다: {kind}.', 'The rulebook knows no conflict of the kind {kind}.'),
  'not-overridable': said(422, '{kind} 유형은 예외를 인정할 수 없습니다.', 'A conflict of the kind {kind} cannot be overridden.'),
  'criteria-differ': said(422, '평가 항목이 다릅니다. 필요한 항목: {expected}.', 'The criteria to score are {expected}.'),
  'off-scale': said(422, '{criterion} 항목의 점수가 배점을 넘습니다.', 'The score of {criterion} is beyond its scale.'),
  'committee-size': said(422, '심의위원은 {min}명 이상 {max}명 이하여야 합니다 (현재 {given}명).', 'The committee has {min} to {max} members, not {given}.'),
  'unknown-gate': said(422, '이 단계에 통과 요건 {gate}이(가) 없습니다.', 'This round has no gate {gate}.'),
  'outcomes-differ': said(422, '모든 대상의 결과를 한 번씩 정해야 합니다.', 'Every subject has one outcome, and nobody else has.'),
  'wrong-outcome': said(422, '이 단계의 결과는 {possible} 가운데 하나여야 합니다.', 'The outcomes of this round are {possible}.'),
  'fails-gate': said(422, '신청 {applicationId}은(는) 통과 요건을 충족하지 못했습니다: {gates}.', 'Application {applicationId} failed gates: {gates}.'),
  'below-minimum': said(
    422,
    '신청 {applicationId}의 점수가 기준에 미치지 못합니다 ({total}).',
    'Application {applicationId} did not reach the minimum ({total}).',
  ),
  'exceeds-places': said(422, '{outcome} 결과는 {places}건까지입니다.', 'There are {places} places for {outcome}.'),
  'departs-from-ranking': said(
    422,
    '신청 {applicationId}의 순위와 다르게 정하려면 사유가 필요합니다.',
    'Departing from the ranking of application {applicationId} needs a reason.',
  ),
  'not-waivable': said(422, '운영 규정상 이의신청을 포기할 수 없습니다.', 'By the rulebook this window cannot be waived.'),
} satisfies Rejections<Code>;
