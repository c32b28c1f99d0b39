import type { ApplicationsEvent } from './applications/events.js';
import type { FundingEvent } from './funding/events.js';
import type { GpuGrantsEvent } from './gpu-grants/events.js';
import type { ReviewEvent } from './review/events.js';

/**
 * Every topic of the programme: whose it is, and what is on it. A service in a process of its own learns here what it may subscribe to
 * of others; the file that brokers are set up by is generated from it; the platform's test holds it against what the services declare.
 */
export type TopicContract = {
  readonly name: string;
  /** Who alone may write it. */
  readonly service: string;
  /** `events`: public events. `follows`: a service's pointers into its own log, for itself alone. `dead-letters`: of one group. */
  readonly kind: 'events' | 'follows' | 'dead-letters';
  /** Keys that are worked on side by side. Never changed for a topic that exists: it would move keys. */
  readonly partitions: number;
  /** Types of the public events on it. Empty where a kind of stream publishes nothing yet, and for what is no public topic. */
  readonly events: readonly PublicEventType[];
};

/** Every message on its topics is given to the group once at least; only those of `takes` cause anything. */
export type ConsumerGroupContract = {
  readonly group: string;
  readonly service: string;
  readonly topics: readonly string[];
  readonly takes: readonly PublicEventType[];
  /** Where the messages of a topic go that the group cannot take, by topic. As many partitions as the topic has, so that keys stay where they were. */
  readonly deadLetters: Readonly<Record<string, string>>;
};

export type PublicEventType = (ApplicationsEvent | ReviewEvent | GpuGrantsEvent | FundingEvent)['type'];

const partitionsPerTopic = 4;

/** Topic after topic, one for each kind of stream that a service publishes from. */
const published = {
  applications: {
    'applications.programme': [
      'applications.programme-created.v1',
      'applications.programme-clock-set.v1',
      'applications.role-granted.v1',
      'applications.role-revoked.v1',
      'applications.programme-closed.v1',
    ],
    'applications.programme-process': [],
    'applications.rulebook': ['applications.rulebook-enacted.v1'],
    'applications.organisation': [],
    'applications.call': ['applications.call-published.v1', 'applications.call-opened.v1', 'applications.call-closed.v1', 'applications.screening-completed.v1'],
    'applications.application': ['applications.application-submitted.v1', 'applications.eligibility-decided.v1', 'applications.application-withdrawn.v1'],
    'applications.applications-clock': ['applications.clock-followed.v1'],
  },
  review: {
    'review.reviewer': [],
    'review.rule-text': [],
    'review.docket': ['review.round-opened.v1', 'review.seat-added.v1'],
    'review.panel': ['review.scores-opened.v1'],
    'review.assessment': [],
    'review.decision': [
      'review.round-concluded.v1',
      'review.selection-announced.v1',
      'review.stage-decided.v1',
      'review.objection-window-opened.v1',
      'review.objection-window-closed.v1',
    ],
    'review.objection': ['review.objection-filed.v1', 'review.objection-answered.v1'],
    'review.review-clock': ['review.clock-followed.v1'],
  },
  'gpu-grants': {
    'gpu-grants.grant': [
      'gpu-grants.grant-reserved.v1',
      'gpu-grants.grant-delivered.v1',
      'gpu-grants.grant-returned.v1',
      'gpu-grants.grant-reclaimed.v1',
      'gpu-grants.grant-released.v1',
    ],
    'gpu-grants.grants-clock': ['gpu-grants.clock-followed.v1'],
  },
  funding: {
    'funding.agreement': ['funding.agreement-offered.v1', 'funding.agreement-signed.v1', 'funding.agreement-ended.v1', 'funding.agreement-settled.v1'],
    'funding.instalment-plan': ['funding.instalment-due.v1', 'funding.instalment-paid.v1', 'funding.recovery-received.v1'],
    'funding.funding-clock': ['funding.clock-followed.v1'],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly PublicEventType[]>>>>;

/** What every service that follows programmes hears of them. */
const programmes = [
  'applications.programme-created.v1',
  'applications.programme-clock-set.v1',
  'applications.role-granted.v1',
  'applications.role-revoked.v1',
] as const satisfies readonly PublicEventType[];

/** What each service acts on. It reads all topics of the services that these are of: order between the topics of one stream is then nobody's concern. */
const taken = {
  applications: [
    ...programmes,
    'applications.clock-followed.v1',
    'review.clock-followed.v1',
    'gpu-grants.clock-followed.v1',
    'funding.clock-followed.v1',
    'review.round-opened.v1',
    'review.round-concluded.v1',
    'review.selection-announced.v1',
    'review.objection-window-opened.v1',
    'review.objection-window-closed.v1',
    'review.objection-filed.v1',
    'review.objection-answered.v1',
    'review.seat-added.v1',
    'funding.agreement-signed.v1',
    'funding.agreement-ended.v1',
    'funding.agreement-settled.v1',
  ],
  review: [...programmes, 'applications.rulebook-enacted.v1', 'applications.screening-completed.v1', 'applications.application-withdrawn.v1'],
  'gpu-grants': [
    ...programmes,
    'applications.rulebook-enacted.v1',
    'review.selection-announced.v1',
    'review.stage-decided.v1',
    'review.objection-window-closed.v1',
    'review.seat-added.v1',
    'funding.agreement-signed.v1',
    'funding.agreement-ended.v1',
  ],
  funding: [
    ...programmes,
    'applications.rulebook-enacted.v1',
    'applications.screening-completed.v1',
    'review.selection-announced.v1',
    'review.stage-decided.v1',
    'review.objection-window-closed.v1',
    'review.seat-added.v1',
    'gpu-grants.grant-reserved.v1',
    'gpu-grants.grant-delivered.v1',
    'gpu-grants.grant-returned.v1',
    'gpu-grants.grant-reclaimed.v1',
  ],
} as const satisfies Readonly<Record<string, readonly PublicEventType[]>>;

/** Services that follow their own log over `<service>.follows`. */
const following = ['applications', 'review', 'gpu-grants', 'funding'] as const;

const serviceOf = (dotted: string): string => dotted.slice(0, dotted.indexOf('.'));
const deadLetterTopic = (topic: string, group: string): string => `${topic}.${group}.dlt`;

const eventTopics: readonly TopicContract[] = Object.entries<Readonly<Record<string, readonly PublicEventType[]>>>(published).flatMap(([service, topics]) =>
  Object.entries(topics).map(([name, events]): TopicContract => ({ name, service, kind: 'events', partitions: partitionsPerTopic, events })),
);
const followsTopics = following.map((service): TopicContract => ({ name: `${service}.follows`, service, kind: 'follows', partitions: partitionsPerTopic, events: [] }));

const groupOf = (group: string, service: string, topics: readonly string[], takes: readonly PublicEventType[]): ConsumerGroupContract => ({
  group,
  service,
  topics,
  takes,
  deadLetters: Object.fromEntries(topics.map((topic) => [topic, deadLetterTopic(topic, group)])),
});

/** Every group of every service: the one of its reactions, named like the service, and the one of its follows, named like their topic. */
export const consumerGroups: readonly ConsumerGroupContract[] = [
  ...Object.entries<readonly PublicEventType[]>(taken).map(([service, takes]) => {
    const sources = new Set(takes.map(serviceOf));
    return groupOf(service, service, eventTopics.flatMap((topic) => (sources.has(topic.service) ? [topic.name] : [])), takes);
  }),
  ...followsTopics.map(({ name, service }) => groupOf(name, service, [name], [])),
];

const deadLetterTopics = consumerGroups.flatMap(({ service, deadLetters }) =>
  Object.entries(deadLetters).map(([source, name]): TopicContract => {
    const partitions = [...eventTopics, ...followsTopics].find((topic) => topic.name === source)?.partitions ?? partitionsPerTopic;
    return { name, service, kind: 'dead-letters', partitions, events: [] };
  }),
);

/** Every topic of every service. */
export const topics: readonly TopicContract[] = [...eventTopics, ...followsTopics, ...deadLetterTopics];
