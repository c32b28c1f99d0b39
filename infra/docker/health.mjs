// Whether the program of this container is ready, as the engine asks it: 0 when it says so itself, over TLS when it has a certificate.
const { LEDGER_PORT: port, LEDGER_TLS_CERTIFICATE_FILE: certificate } = process.env;
const url = `${certificate === undefined ? 'http' : 'https'}://localhost:${port}/health/ready`;
process.exit(await fetch(url, { signal: AbortSignal.timeout(4_000) }).then(({ ok }) => (ok ? 0 : 1), () => 1));
