import type { Platform } from './platform.js';

/** What somebody at the terminal needs next. */
export const announcement = ({ url, issuerUrl, mode }: Pick<Platform, 'url' | 'issuerUrl' | 'mode'>, startedInMs: number): string => {
  const rows: readonly (readonly [string, string])[] = [
    ['API', `${url}/docs`],
    ['health', `${url}/health/ready`],
    ...(issuerUrl === null ? [] : ([['a token', `curl -s ${issuerUrl}/token -d '{"subject":"kim","roles":["administrator"]}'`]] as const)),
    ...(mode === 'rehearsal' ? ([['a story', 'npm run story -- nipa-2025   (in another terminal)']] as const) : []),
    ['stop', 'Ctrl-C'],
  ];
  return `\nprogram-ledger runs (${mode}), ready after ${(startedInMs / 1000).toFixed(1)} s\n\n${rows.map(([name, what]) => `  ${name.padEnd(9)}${what}`).join('\n')}\n\n`;
};
