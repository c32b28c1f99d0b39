// The askers, in a process of their own: people with tokens, each request with a key and a body that nobody sent before.
import autocannon from 'autocannon';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const people = 32;

export const open = async ({ issuer }) => {
  const token = async (_, index) => {
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ subject: `bench-${index}`, roles: ['administrator'] }),
    });
    return (await answer.json()).access_token;
  };
  const tokens = await Promise.all(Array.from({ length: people }, token));
  let asked = 0;
  const headers = () => ({ authorization: `Bearer ${tokens[asked++ % people]}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() });
  return {
    /** Registers reviewers as fast as it is answered. */
    reviewers: async ({ api, connections, milliseconds }) => {
      const setupRequest = (request) => ({ ...request, headers: headers(), body: JSON.stringify(reviewer()) });
      const result = await autocannon({
        url: api,
        connections,
        duration: milliseconds / 1000,
        sampleInt: 100,
        requests: [{ method: 'POST', path: '/review/reviewers', setupRequest }],
      });
      if (result.non2xx > 0 || result.errors > 0)
        throw new Error(`${result.non2xx} answers were no success, ${result.errors} requests failed: ${JSON.stringify(result.statusCodeStats)}`);
      return { perSecond: result['2xx'] / result.duration, p50: result.latency.p50, p99: result.latency.p99 };
    },
    /** Creates programmes at a steady rate, whether answered or not. */
    programmes: async ({ api, perSecond, milliseconds }) => {
      const answers = [];
      const began = performance.now();
      for (let sent = 0; performance.now() < began + milliseconds; sent += 1) {
        await sleep(Math.max(0, began + (sent * 1000) / perSecond - performance.now()));
        answers.push(
          fetch(`${api}/applications/programmes`, { method: 'POST', headers: headers(), body: JSON.stringify(programme(sent)) }).then(async (answer) => [
            answer.status,
            await answer.text(),
          ]),
        );
      }
      const refused = (await Promise.all(answers)).find(([status]) => status !== 201);
      if (refused !== undefined) throw new Error(`a programme was answered with ${refused.join(' ')}`);
      return { sent: answers.length, perSecond: (answers.length * 1000) / (performance.now() - began) };
    },
    close: () => Promise.resolve(),
  };
};

const reviewer = () => ({
  subject: `reviewer-${randomUUID()}`,
  pool: 'public-pool',
  affiliation: 'Invented University',
  organisationId: null,
  expertise: ['biology', 'chemistry'],
  provenance: 'invented',
});
const programme = (index) => ({
  title: { ko: `시험 ${index}`, en: `Bench ${index}` },
  timeZone: 'Asia/Seoul',
  provenance: 'invented',
  startsAt: '2026-01-15T00:00:00.000Z',
});
