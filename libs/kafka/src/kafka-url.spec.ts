import { describe, expect, test } from '@jest/globals';
import { InvalidKafkaUrl, parseKafkaUrl } from './kafka-url.js';

const read = (file: string): string => {
  if (file.startsWith('/absent')) throw new Error('ENOENT');
  return `text of ${file}`;
};

describe('the address of a cluster', () => {
  test('may be hosts alone, or all there is', () => {
    expect(parseKafkaUrl('kafka://one:9092,two.example:9093')).toEqual({ brokers: ['one:9092', 'two.example:9093'] });
    expect(parseKafkaUrl('kafkas://gpu-grants:p%40ss%3A%2F@one:9092/?ca=/ca.pem&cert=/c.pem&key=/k.pem', read)).toEqual({
      brokers: ['one:9092'],
      tls: { ca: 'text of /ca.pem', cert: 'text of /c.pem', key: 'text of /k.pem' },
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'gpu-grants', password: 'p@ss:/' },
    });
    expect(parseKafkaUrl('kafka://a:b@one:9092?tls=true&mechanism=PLAIN')).toEqual({ brokers: ['one:9092'], tls: {}, sasl: { mechanism: 'PLAIN', username: 'a', password: 'b' } });
  });

  test.each([
    'http://one:9092',
    'kafka://one',
    'kafka://one:0',
    'kafka://one:70000',
    'kafka://[::1]:9092',
    'kafka://one:9092,',
    'kafka://user@one:9092',
    'kafka://:secret@one:9092',
    'kafka://a:%zz@one:9092',
    'kafka://one:9092?tls=yes',
    'kafka://one:9092?ca=/ca.pem',
    'kafka://one:9092?mechanism=PLAIN',
    'kafka://a:secret@one:9092?mechanism=GSSAPI',
    'kafka://one:9092?acks=0',
    'kafka://one:9092?tls=true&tls=true',
    'kafkas://one:9092?tls=false',
    'kafkas://one:9092?cert=/c.pem',
    'kafkas://one:9092?ca=/absent.pem',
  ])('%s is refused, without the password', (url) => {
    expect(() => parseKafkaUrl(url, read)).toThrow(InvalidKafkaUrl);
    expect(() => parseKafkaUrl(url, read)).not.toThrow('secret');
  });
});
