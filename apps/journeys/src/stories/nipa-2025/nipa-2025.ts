import { prepareApplication, registerOrganisations, registerReviewers, screen, submitAll, type Organisations, type Submitted } from '../../enact/applications.js';
import { castOf } from '../../enact/cast.js';
import { createProgramme, publishCall, type Programme } from '../../enact/programme.js';
import { decide, judge, rankingOf, waiveAll, type PlayedRound } from '../../enact/rounds.js';
import type { Stage } from '../../stage.js';
import { storyFiles } from '../../story-files.js';

const story = 'nipa-2025';
const { data, rulebookText } = storyFiles(story);
const cast = castOf(story, { reviewers: 7, committee: 5 });

type Setting = Programme & { readonly callId: string; readonly organisations: Organisations; readonly submitted: readonly Submitted[]; readonly reviewers: Awaited<ReturnType<typeof registerReviewers>> };

/** From the rulebook to the deadline, and one millisecond beyond. */
export const receiveApplications = async (stage: Stage): Promise<Setting> => {
  stage.chapter({ ko: '공고와 신청', en: 'The call' });
  const programme = await createProgramme(stage, cast, { ...data.programme, provenance: 'sourced', rulebookText });
  const { programmeId } = programme;
  const organisations = await registerOrganisations(stage, { story, programmeId, siblingProgramme: 'sovereign-ai', factsFrom: '2025-01-01' }, data);
  const reviewers = await registerReviewers(stage, cast);
  await stage.clock(cast.administrator, programmeId, '2025-09-04T23:00:00.000Z');
  const callId = await publishCall(stage, cast, programmeId, { title: data.programme.title, opensAt: '2025-09-05T00:00:00.000Z', deadline: '2025-10-13T15:00:00' });
  await stage.clock(cast.administrator, programmeId, '2025-09-05T00:00:00.000Z');
  const prepared = await stage.tell({ ko: `신청서 ${data.applications.length}건 작성: 참여기관 초대와 수락`, en: `${data.applications.length} applications drafted; members invited, each accepts by itself` }, () =>
    Promise.all(data.applications.map((application) => prepareApplication(stage, { programmeId, callId, organisations }, application))),
  );
  await submitAll(stage, cast, { programmeId, prepared });
  return { ...programme, callId, organisations, submitted: prepared, reviewers };
};
