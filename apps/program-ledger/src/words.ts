import { Refused } from './refused.js';

/** Options that take a value, and those that are said or not. */
export type Grammar = { readonly usage: string; readonly values: readonly string[]; readonly flags: readonly string[] };

export type Words = {
  readonly value: (name: string) => string | undefined;
  /** @throws Refused when it was not given. */
  readonly required: (name: string) => string;
  readonly has: (flag: string) => boolean;
};

/** `--name value`, `--name=value` and `--flag`. @throws Refused, with the usage, for anything else or anything said twice. */
export const wordsOf = (given: readonly string[], { usage, values, flags }: Grammar): Words => {
  const said = new Map<string, string>();
  const left = [...given];
  const refuse = (fault: string): never => {
    throw new Refused(`${fault}\n\n${usage}`);
  };
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [, name = '', attached] = /^--([a-z-]+)(?:=([^]*))?$/.exec(word) ?? [];
    if (said.has(name)) refuse(`--${name} is given twice`);
    if (flags.includes(name) && attached === undefined) said.set(name, '');
    else if (values.includes(name)) said.set(name, attached ?? left.shift() ?? refuse(`--${name} needs a value`));
    else refuse(`${word}: not understood`);
  }
  return { value: (name) => said.get(name), required: (name) => said.get(name) ?? refuse(`--${name} is missing`), has: (flag) => said.has(flag) };
};
