import { hostSettings, platformRoles } from '@program-ledger/host';
import { peopleOf, sizes, type Person } from '@program-ledger/journeys';

/** What Keycloak imports: everybody who acts in a story, and a client to play them with. `${…}` is filled from the environment of its container. */
export const realmName = 'program-ledger';
export const storiesClient = 'stories';

const people = (): readonly Person[] => (Object.keys(sizes) as (keyof typeof sizes)[]).flatMap(peopleOf);
const audience = hostSettings.shape.LEDGER_AUDIENCE.parse(undefined);

/** Claims as `Tokens` of the host reads them: the person's name is the subject, the platform's roles are in `roles`, and the audience is ours. */
const claims = [
  ['subject', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'username', 'claim.name': 'sub', 'jsonType.label': 'String' }],
  ['name', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'firstName', 'claim.name': 'name', 'jsonType.label': 'String' }],
  ['roles', 'oidc-usermodel-realm-role-mapper', { 'claim.name': 'roles', 'jsonType.label': 'String', multivalued: 'true' }],
  ['audience', 'oidc-audience-mapper', { 'included.custom.audience': audience }],
] as const;

const mapper = ([name, protocolMapper, config]: (typeof claims)[number]) => ({
  name,
  protocol: 'openid-connect',
  protocolMapper,
  config: { 'access.token.claim': 'true', 'id.token.claim': 'false', 'introspection.token.claim': 'true', ...config },
});

const user = ({ subject, name, roles }: Person) => ({
  username: subject,
  firstName: name,
  enabled: true,
  realmRoles: roles,
  credentials: [{ type: 'password', value: '${PEOPLE_PASSWORD}' }],
});

/** An hour outlives a story; nobody is asked to complete a profile, and nobody can register. */
const realm = () => ({
  realm: realmName,
  enabled: true,
  sslRequired: 'all',
  registrationAllowed: false,
  bruteForceProtected: true,
  accessTokenLifespan: 3_600,
  defaultSignatureAlgorithm: 'ES256',
  requiredActions: [{ alias: 'VERIFY_PROFILE', name: 'Verify Profile', providerId: 'VERIFY_PROFILE', enabled: false, defaultAction: false }],
  roles: { realm: platformRoles.map((name) => ({ name })) },
  defaultRole: { name: `default-roles-${realmName}`, composite: false },
  clients: [
    {
      clientId: storiesClient,
      publicClient: true,
      standardFlowEnabled: false,
      directAccessGrantsEnabled: true,
      fullScopeAllowed: true,
      defaultClientScopes: [],
      optionalClientScopes: [],
      protocolMappers: claims.map(mapper),
    },
  ],
  users: people().map(user),
});

/** The file, a person a line. */
export const realmFile = (): string => {
  const { users, ...rest } = realm();
  const head = JSON.stringify(rest, null, 2).replace(/\n}$/, '');
  return `${head},\n  "users": [\n${users.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]\n}\n`;
};
