import { describe, expect, test } from '@jest/globals';
import { applicationsEvents } from '@program-ledger/contracts/applications';
import { fundingEvents } from '@program-ledger/contracts/funding';
import { gpuGrantsEvents } from '@program-ledger/contracts/gpu-grants';
import { reviewEvents } from '@program-ledger/contracts/review';
import { consumerGroups, topics } from '@program-ledger/contracts/topics';
import { topicsOf } from '@program-ledger/host';
import { followsTopicOf, isDeadLetterTopic, topicOf, topicsFor } from '@program-ledger/messaging';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { services } from './services.js';

const declared = topicsOf(services);
const publicTypes = [applicationsEvents, reviewEvents, gpuGrantsEvents, fundingEvents].flatMap((events) => Object.keys(events));

describe('the contract of the topics', () => {
  test('names the topics that the services declare, and no others', () => {
    expect(topics.map(({ name }) => name).sort()).toEqual(declared.map(({ name }) => name).sort());
    expect(new Set(topics.map(({ name }) => name)).size).toBe(topics.length);
  });

  test('gives each as many partitions as it is declared with; dead letters keep the partition of their key where a broker has partitions', () => {
    const partitionsOf = new Map(declared.map(({ name, partitions }) => [name, partitions]));
    for (const { name, kind, partitions } of topics) {
      const source = kind === 'dead-letters' ? consumerGroups.flatMap(({ deadLetters }) => Object.entries(deadLetters)).find(([, letters]) => letters === name)?.[0] : name;
      expect([name, partitions]).toEqual([name, partitionsOf.get(source ?? '')]);
    }
  });

  test('has the groups that the services are, on the topics that they read, acting on what their rows name', () => {
    const published = declared.flatMap(({ name }) => (isDeadLetterTopic(name) ? [] : [name]));
    const reacting = services.flatMap(({ name, reactions, directory }) => {
      const rows = [...reactions, ...(directory?.reactions ?? [])];
      return rows.length === 0 ? [] : [{ group: name, topics: [...topicsFor(rows, published)].sort(), takes: [...new Set(rows.map(({ type }) => type))].sort() }];
    });
    const following = services.flatMap(({ name, follows }) => (follows.length === 0 ? [] : [{ group: followsTopicOf(name), topics: [followsTopicOf(name)], takes: [] }]));
    expect(consumerGroups.map(({ group, topics: read, takes }) => ({ group, topics: [...read].sort(), takes: [...takes].sort() }))).toEqual([...reacting, ...following]);
  });

  test('puts every public event on one topic', () => {
    expect(topics.flatMap(({ events }) => events).sort()).toEqual([...publicTypes].sort());
  });

  test.each(services.filter(({ publishes }) => publishes !== null).map(({ name }) => name))('puts each event of %s on the topic of the table that makes it', (service) => {
    const made = eventsOfTables(readFileSync(new URL(`../../${service}/src/messaging/publishes.ts`, import.meta.url), 'utf8'));
    const expected = topics.filter((topic) => topic.service === service && topic.kind === 'events' && !topic.name.endsWith('-clock'));
    expect(Object.fromEntries([...made].map(([aggregate, types]) => [topicOf(service, aggregate), [...types].sort()]))).toEqual(
      Object.fromEntries(expected.map(({ name, events }) => [name, [...events].sort()])),
    );
  });
});

/** aggregate → types of public events in its table, and in the functions of the same file that the table calls. */
const eventsOfTables = (text: string): ReadonlyMap<string, ReadonlySet<string>> => {
  const file = ts.createSourceFile('publishes.ts', text, ts.ScriptTarget.ES2022, true);
  const values = new Map<string, ts.Expression>();
  const rows: (readonly [string, ts.Expression])[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) values.set(node.name.text, node.initializer);
    if (ts.isCallExpression(node) && node.expression.getText() === 'publishes') rows.push([node.arguments[0]!.getText(), node.arguments[1]!]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const typesIn = (node: ts.Node, seen: Set<string>): readonly string[] => {
    if (ts.isStringLiteral(node) && publicTypes.includes(node.text)) return [node.text];
    const called = ts.isIdentifier(node) ? values.get(node.text) : undefined;
    if (called !== undefined && ts.isIdentifier(node) && !seen.has(node.text)) return typesIn(called, seen.add(node.text));
    return node.getChildren().flatMap((child) => typesIn(child, seen));
  };
  return new Map(rows.map(([aggregate, table]) => [aggregate, new Set(typesIn(table, new Set()))]));
};
