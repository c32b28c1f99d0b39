import type { RejectionEntry, Rejections } from '@program-ledger/host';
import type { ApplicationRejection } from '../domain/application/application.commands.js';
import type { CallRejection } from '../domain/call/call.decider.js';
import type { OrganisationRejection } from '../domain/organisation/organisation.decider.js';
import type { ProgrammeRejection } from '../domain/programme/programme.decider.js';
import type { ProgrammeProcessRejection } from '../domain/programme-process/programme-process.decider.js';
import type { RulebookRejection } from '../domain/rulebook/rulebook.decider.js';

/** What only the rim can refuse. */
type RimRejection = 'attachment-empty' | 'attachment-digest-differs' | 'attachment-content-differs';

export type ApplicationsRejection = ApplicationRejection | CallRejection | OrganisationRejection | ProgrammeRejection | ProgrammeProcessRejection | RulebookRejection | RimRejection;

const said = (status: RejectionEntry['status'], ko: string, en: string): RejectionEntry => ({ status, ko, en });

/** Every refusal of this service, in both languages. A code that two aggregates share means the same in both. */
export const rejections = {
  // Not there, or not in this programme.
  'unknown-programme': said(404, '그런 사업이 없습니다.', 'There is no such programme.'),
  'unknown-organisation': said(404, '등록된 기관이 아닙니다.', 'There is no such organisation.'),
  'unknown-institution': said(404, '소속 기관 {organisationId}이(가) 등록되어 있지 않습니다.', 'The institution {organisationId} is not registered.'),
  'unknown-fact': said(404, '그런 기관 정보가 없습니다.', 'There is no such fact.'),
  'unknown-call': said(404, '이 사업에 그런 공고가 없습니다.', 'This programme has no such call.'),
  'unknown-application': said(404, '이 사업에 그런 신청이 없습니다.', 'This programme has no such application.'),
  'unknown-attachment': said(404, '“{name}”이라는 첨부 파일이 없습니다.', 'There is no attachment called “{name}”.'),
  'not-invited': said(404, '이 컨소시엄에 초대된 기관이 아닙니다.', 'The organisation has not been invited to this consortium.'),

  // The programme and its clock.
  'already-created': said(409, '이미 만들어진 사업입니다.', 'The programme has been created already.'),
  'programme-closed': said(409, '종료된 사업입니다.', 'The programme is closed.'),
  'still-waiting': said(409, '아직 끝나지 않은 것이 있습니다: {waitingFor}', 'It still waits for: {waitingFor}.'),
  'machine-keeps-time': said(409, '실제 사업의 시각은 기계의 시각이며 바꿀 수 없습니다. 예행에서만 시각을 정합니다.', 'Outside rehearsals programme time is the machine’s and nobody sets it.'),
  'clock-backwards': said(422, '사업 시각은 앞으로만 갑니다 (지금 {clock}).', 'The clock of a programme only moves forward (it shows {clock}).'),
  'unknown-time-zone': said(422, '“{timeZone}”이라는 시간대가 없습니다.', 'There is no time zone “{timeZone}”.'),
  'invented-in-production': said(422, '지어낸 사업은 예행에서만 받습니다.', 'An invented programme is taken in rehearsals only.'),
  'too-many-roles': said(422, '한 사업의 역할은 {rolesMax}개까지입니다.', 'A programme has at most {rolesMax} role holders.'),

  // The rulebook.
  'rulebook-invalid': said(422, '운영 규정에 잘못이 {faults}건 있습니다.', 'The rulebook has {faults} faults.'),
  'invented-rulebook': said(422, '지어낸 운영 규정은 예행에서만 받습니다.', 'An invented rulebook is taken in rehearsals only.'),
  'zone-differs': said(422, '운영 규정의 시간대({found})가 사업의 시간대({timeZone})와 다릅니다.', 'The rulebook’s time zone ({found}) is not the programme’s ({timeZone}).'),
  'another-rulebook': said(422, '이 사업의 운영 규정은 “{document}”입니다 (받은 것 “{found}”).', 'The rulebook of this programme is “{document}” (got “{found}”).'),
  'version-not-next': said(409, '다음 판은 {next}판입니다 (받은 것 {found}판).', 'The next version is {next} (got {found}).'),
  'version-without-delay': said(422, '새 판은 {after} 다음 날부터 효력을 가질 수 있습니다 (받은 것 {found}).', 'A later version holds from a day after {after} at the earliest (got {found}).'),
  'too-many-versions': said(422, '운영 규정은 {rulebookVersionsMax}판까지입니다.', 'A rulebook has at most {rulebookVersionsMax} versions.'),
  'no-rulebook-in-force': said(409, '그날 효력이 있는 운영 규정이 없습니다.', 'No rulebook is in force on that day.'),

  // Organisations.
  'already-registered': said(409, '이미 등록된 기관입니다.', 'The organisation is registered already.'),
  'invented-organisation': said(422, '지어낸 기관은 예행에서만 받습니다.', 'An invented organisation is taken in rehearsals only.'),
  'institution-is-a-part': said(422, '{organisationId}은(는) 그 자체가 다른 기관의 일부입니다.', '{organisationId} is itself a part of another institution.'),
  'too-many-representatives': said(422, '한 기관의 대표자는 {representativesMax}명까지입니다.', 'An organisation has at most {representativesMax} representatives.'),
  'last-representative': said(409, '마지막 대표자는 해임할 수 없습니다. 먼저 다른 사람을 선임하십시오.', 'The last representative stays until another one is appointed.'),
  'invented-fact': said(422, '지어낸 기관 정보는 예행에서만 받습니다.', 'An invented fact is taken in rehearsals only.'),
  'period-reversed': said(422, '끝나는 날({validTo})이 시작하는 날({validFrom})보다 앞섭니다.', 'The last day ({validTo}) lies before the first ({validFrom}).'),
  'fact-overlaps': said(409, '{attribute}에 대해 같은 날 다른 값({value})이 이미 있습니다. 먼저 그것을 끝내거나 정정하십시오.', 'On some of these days {attribute} is {value} already; end or correct that first.'),
  'too-many-facts': said(422, '한 기관의 정보는 {factsMax}건까지입니다.', 'An organisation has at most {factsMax} facts.'),
  'another-attribute': said(422, '정정은 같은 항목({attribute})에만 할 수 있습니다 (받은 것 {found}).', 'A correction keeps to what it corrects, {attribute} (got {found}).'),
  'fact-ended-already': said(409, '{validTo}에 이미 끝난 정보입니다.', 'The fact ended on {validTo} already.'),

  // Calls.
  'already-drafted': said(409, '이미 만들어진 공고입니다.', 'The call has been drafted already.'),
  'call-not-draft': said(409, '공고안이 아닙니다 (현재 {status}).', 'The call is no longer a draft (it is {status}).'),
  'opens-in-the-past': said(422, '접수 시작({opensAt})이 이미 지났습니다.', 'The opening ({opensAt}) has passed already.'),
  'deadline-before-opening': said(422, '마감({deadlineAt})이 접수 시작보다 늦어야 합니다.', 'The deadline ({deadlineAt}) has to be later than the opening.'),
  'window-too-short': said(422, '규정 {rule}에 따라 마감은 {earliest} 이후여야 합니다. 더 줄이려면 사유가 필요합니다.', 'By rule {rule} the deadline is {earliest} at the earliest; to undercut it give a reason.'),
  'not-published': said(409, '공고되지 않았습니다.', 'The call has not been published.'),
  'not-opening-yet': said(409, '접수 시작은 {opensAt}입니다.', 'The call opens at {opensAt}.'),
  'deadline-not-passed': said(409, '마감({deadlineAt})이 아직 지나지 않았습니다.', 'The deadline ({deadlineAt}) has not passed.'),
  'call-not-closed': said(409, '접수가 마감되지 않았습니다 (현재 {status}).', 'The call is not closed (it is {status}).'),
  'screening-not-started': said(409, '적격성 검토가 시작되지 않았습니다 (현재 {status}).', 'Screening has not started (the call is {status}).'),
  'screening-incomplete': said(409, '아직 검토되지 않은 신청이 있습니다.', 'Some applications have not been screened.'),
  'screening-completed': said(409, '적격성 검토가 이미 끝났습니다.', 'Screening is completed.'),
  'call-decided': said(409, '적격성 검토가 끝난 공고는 무효로 할 수 없습니다 (현재 {status}).', 'A call whose screening is completed is not voided (it is {status}).'),

  // Applications.
  'already-started': said(409, '이미 작성 중인 신청입니다.', 'The application has been started already.'),
  'call-not-open': said(409, '접수가 시작되지 않은 공고입니다.', 'The call has not been opened.'),
  'invented-application': said(422, '지어낸 신청은 예행에서만 받습니다.', 'An invented application is taken in rehearsals only.'),
  'not-draft': said(409, '이미 제출되었거나 취하된 신청은 고칠 수 없습니다 (현재 {status}).', 'What has been submitted or withdrawn is not changed (it is {status}).'),
  'too-many-members': said(422, '컨소시엄은 {membersMax}개 기관까지입니다.', 'A consortium has at most {membersMax} members.'),
  'already-answered': said(409, '이미 답한 초대입니다 ({standing}).', 'The invitation has been answered already ({standing}).'),
  'lead-stays': said(422, '주관기관은 제외할 수 없습니다.', 'The lead is not removed.'),
  'too-many-attachments': said(422, '첨부 파일은 {attachmentsMax}개까지입니다.', 'An application has at most {attachmentsMax} attachments.'),
  'no-proposal': said(409, '제안서가 없습니다.', 'There is no proposal.'),
  'members-pending': said(409, '수락하지 않은 참여기관이 있습니다.', 'Some members have not accepted.'),
  'shares-incomplete': said(409, '구성원의 부담 비율을 더하면 {shares}이며 {whole}이어야 합니다 (단위 0.01%).', 'The members’ shares add up to {shares} and not to {whole} basis points.'),
  'not-submitted': said(409, '제출되지 않은 신청입니다.', 'The application has not been submitted.'),
  'application-withdrawn': said(409, '취하된 신청입니다.', 'The application has been withdrawn.'),
  'already-decided': said(409, '결과가 나온 신청은 취하할 수 없습니다 (현재 {status}).', 'What has been decided is not withdrawn (it is {status}).'),
  'attachment-empty': said(422, '빈 파일입니다.', 'The file is empty.'),
  'attachment-digest-differs': said(422, '받은 파일의 SHA-256({found})이 보낸 값({sent})과 다릅니다.', 'The SHA-256 of what came ({found}) is not what was announced ({sent}).'),
  'attachment-content-differs': said(422, '파일의 내용이 {mediaType}이(가) 아닙니다.', 'The content of the file is not {mediaType}.'),
} as const satisfies Rejections<ApplicationsRejection>;

/** Problems of the rim that are no rejections. */
export const problems = {
  'clock-not-followed': {
    status: 503,
    ko: '시각은 정해졌으나 아직 따라오지 못한 서비스가 있습니다: {waitingFor}. 같은 요청을 다시 보내면 이어서 기다립니다.',
    en: 'The clock is set, but these services have not followed yet: {waitingFor}. Send the same request again to go on waiting.',
  },
} as const;
