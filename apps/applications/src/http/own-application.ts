import type { Commands } from '@program-ledger/event-sourcing';
import { application } from '../domain/application/application.decider.js';
import type { ExistingApplication } from '../domain/application/application.state.js';
import { refusal } from './programme-time.js';

/** From its stream. @throws Problem 404 for one that is not of the programme. */
export const existingApplication = async (commands: Commands, programmeId: string, applicationId: string): Promise<ExistingApplication> => {
  const { state } = await commands.load(application, applicationId);
  if (state.status === 'absent' || state.programmeId !== programmeId) throw refusal('unknown-application');
  return state;
};

/** The organisation that answers for it. */
export const leadOf = ({ members }: ExistingApplication): string => members.find(({ role }) => role === 'lead')?.organisationId ?? '';
