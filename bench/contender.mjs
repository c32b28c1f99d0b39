// The process of one side: opens a module and answers what the bench asks of it.
const [module, options] = process.argv.slice(2);

const told = (error) => (error instanceof Error ? error.stack : String(error));
const side = await import(module).then(({ open }) => open(JSON.parse(options))).catch((error) => process.send({ error: told(error) }, () => process.exit(1)));

process.on('message', async ({ question, argument }) => {
  if (question === 'close') {
    await side.close();
    process.exit(0);
  }
  try {
    process.send({ value: await side[question](argument) });
  } catch (error) {
    process.send({ error: told(error) });
  }
});
// Ctrl-C goes to the whole group of processes: the bench ends this one in its turn, unless it was killed itself.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(1));
process.send({ value: 'open' });
