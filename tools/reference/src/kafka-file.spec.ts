import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { kafkaFile } from './kafka-file.js';

type File = {
  readonly topics: readonly { readonly name: string; readonly service: string; readonly partitions: number }[];
  readonly grants: readonly { readonly principal: string; readonly resourceType: string; readonly resourceName: string; readonly operations: readonly string[] }[];
};

describe('the file of the topics', () => {
  const text = readFileSync('infra/kafka/topics.json', 'utf8');
  const { topics, grants } = JSON.parse(text) as File;
  const may = (operation: string, name: string): string[] => grants.flatMap(({ principal, resourceType, resourceName, operations }) => (resourceType === 'TOPIC' && resourceName === name && operations.includes(operation) ? [principal] : []));

  test('is what the contracts say', () => expect(text).toBe(kafkaFile()));

  test('lets one service alone write a topic', () => {
    for (const { name, service } of topics) expect([name, may('WRITE', name)]).toEqual([name, [`User:${service}`]]);
  });

  test('lets nobody read what is not for them: a follows topic its own service, dead letters their group', () => {
    expect(may('READ', 'review.follows')).toEqual(['User:review']);
    expect(may('READ', 'review.decision.funding.dlt')).toEqual(['User:funding']);
    expect(may('READ', 'review.decision').sort()).toEqual(['User:applications', 'User:funding', 'User:gpu-grants']);
    expect(may('READ', 'funding.follows')).toEqual(['User:funding']);
  });

  test('gives each service its own groups, and grants nothing else', () => {
    expect(grants.flatMap(({ principal, resourceType, resourceName }) => (resourceType === 'GROUP' ? [`${principal} ${resourceName}`] : []))).toEqual(
      ['applications', 'review', 'gpu-grants', 'funding'].map((service) => `User:${service} ${service}`).concat(['applications', 'review', 'gpu-grants', 'funding'].map((service) => `User:${service} ${service}.follows`)),
    );
    expect(new Set(grants.flatMap(({ operations }) => operations))).toEqual(new Set(['READ', 'WRITE']));
    expect(grants.some(({ principal }) => principal === 'User:audit-ledger')).toBe(false);
  });
});
