import { Ajv2020 } from 'ajv/dist/2020.js';
import { composeOf, type Files } from './compose.js';
import type { Code } from './code.js';
import type { Rule } from './finding.js';
import { containersAreHardened, onlyTheEdgeLeadsOut, secretsAreMade, secretsAreNotShared, servicesWaitForWhatTheyStandOn, startIsOrdered, whatIsReadIsMounted } from './hardening.js';
import { everyProcessIsScraped, queriesAskForWhatIsShown, spansArrive } from './observability.js';
import { addressesAreReached, openedPortsListen, everyProgramHasItsContainer, oneTagIsBuiltOnce, portsAreThoseOfTheCode, settingsAreThoseOfTheCode, theImageHoldsTheBundle } from './programs.js';
import { eachServiceHasItsOwn, instanceIsDeclared, kafkaKnowsItsUsers, serversAreOfTestedVersions, tokensAreTaken } from './servers.js';

/** Formats that the Compose Specification means, which are none of JSON Schema's. */
const formats = { duration: /^(\d+(\.\d+)?(us|ms|s|m|h))+$/, expose: /^\d+(-\d+)?(\/[a-z]+)?$/, ports: /^[\d.:/a-z-]+$/ };

const fitsThePublishedSchema: Rule = function* ({ compose, code }) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats });
  if (ajv.validate(code.composeSchema, compose.raw)) return;
  for (const { instancePath, message } of ajv.errors ?? []) yield `docker-compose.yml${instancePath} ${message}`;
};

/** Every way in which the deployment can disagree, by name. */
export const rules = {
  fitsThePublishedSchema,
  everyProgramHasItsContainer,
  oneTagIsBuiltOnce,
  theImageHoldsTheBundle,
  portsAreThoseOfTheCode,
  openedPortsListen,
  settingsAreThoseOfTheCode,
  addressesAreReached,
  containersAreHardened,
  startIsOrdered,
  servicesWaitForWhatTheyStandOn,
  secretsAreMade,
  whatIsReadIsMounted,
  secretsAreNotShared,
  onlyTheEdgeLeadsOut,
  serversAreOfTestedVersions,
  kafkaKnowsItsUsers,
  eachServiceHasItsOwn,
  instanceIsDeclared,
  tokensAreTaken,
  everyProcessIsScraped,
  spansArrive,
  queriesAskForWhatIsShown,
} satisfies Readonly<Record<string, Rule>>;

export type RuleName = keyof typeof rules;

/** What one rule says of files that stand beside the code. */
export const findings = (name: RuleName, files: Files, code: Code): readonly string[] => [...rules[name]({ files, code, compose: composeOf(files) })];
