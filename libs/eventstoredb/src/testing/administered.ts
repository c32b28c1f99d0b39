import { readFileSync } from 'node:fs';
import { request } from 'node:https';

/** Why rights cannot be tried on the server at an address, or undefined where they can: they need an administrator, and TLS before a password is sent. */
export const noRights = (url: string): string | undefined => {
  if (/[?&]tls=false(&|$)/i.test(url)) return 'the address is tls=false: an insecure server knows no rights';
  return /^[a-z+]+:\/\/[^:/@]+:[^@]+@[^,]+$/.test(url) ? undefined : 'the address names no user with a password at one host, who would have to be of $admins';
};

/** Takes a user that a test has made from the server, through the HTTP interface that the address names too. Answers the status. */
export const removeUser = (adminUrl: string, name: string): Promise<number> => {
  const url = new URL(adminUrl);
  const caFile = [...url.searchParams].find(([key]) => key.toLowerCase() === 'tlscafile')?.[1];
  const auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const target = { host: url.hostname, port: url.port === '' ? 2113 : Number(url.port), auth, ...(caFile !== undefined && { ca: readFileSync(caFile) }) };
  return new Promise((resolve, reject) => {
    request({ ...target, method: 'DELETE', path: `/users/${encodeURIComponent(name)}` }, (response) => resolve(response.resume().statusCode ?? 0))
      .on('error', reject)
      .end();
  });
};
