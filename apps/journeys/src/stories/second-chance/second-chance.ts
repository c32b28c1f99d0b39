import { closeProgramme } from '../../enact/closing.js';
import { settle } from '../../enact/money.js';
import { readReport } from '../../read-report.js';
import type { Report } from '../../report.js';
import type { Stage } from '../../stage.js';
import { faultsOf, type Story } from '../../story.js';
import { truths } from './truths.js';
import { checkPreparation, evaluate, prepare, refillSeat, serve, train } from './phases.js';
import { cast, clock, data, name } from './played.js';
import { receiveApplications, select } from './selection.js';

const play = async (stage: Stage): Promise<Report> => {
  const setting = await receiveApplications(stage);
  await select(stage, setting);
  const first = await prepare(stage, setting);
  await checkPreparation(stage, setting, first);
  const seohae = await refillSeat(stage, setting, first.baekdu);
  const teams = [first.jeju, seohae];
  const without = first.gangwon;
  await train(stage, setting, { staying: teams, leaving: without });
  stage.chapter({ ko: '학습 단계 점검', en: 'Check of the training' });
  await evaluate(stage, setting, {
    roundId: 'check-train',
    teams,
    without,
    phase: 'train',
    judgedAt: '2026-10-05T01:00:00.000Z',
    announcedAt: '2026-10-12T01:00:00.000Z',
  });
  await serve(stage, setting, teams);
  stage.chapter({ ko: '종료 평가', en: 'Closing evaluation' });
  await evaluate(stage, setting, {
    roundId: 'closing',
    teams,
    without,
    phase: 'serve',
    judgedAt: '2027-01-04T01:00:00.000Z',
    announcedAt: '2027-01-11T01:00:00.000Z',
  });
  stage.chapter({ ko: '정산과 종료', en: 'Settlement and end' });
  await clock(stage, setting, '2027-02-01T01:00:00.000Z');
  for (const team of teams) await settle(stage, cast, { programmeId: setting.programmeId, ...team, unspent: 0n });
  await closeProgramme(stage, cast, setting.programmeId);
  return readReport(stage, cast, setting);
};

/** A wholly invented programme by another rulebook: a lost seat, a second chance, objections, an early end. */
export const secondChance: Story = { name, title: data.programme.title, auditor: cast.auditor, play, faults: (report) => faultsOf(truths, report) };
