// Jest's globalTeardown: stops the PostgreSQL that start.mjs started; its data goes with it.
export default async function stop() {
  await globalThis.testDatabase?.stop();
}
