// Reads [{ file, code }] from standard input, lints each text as if it lay at that path, prints the rules that fired.
import { ESLint } from 'eslint';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('../..', import.meta.url));
process.chdir(root);
let input = '';
for await (const chunk of process.stdin) input += chunk;

// A planted text is in no program, so the rules that need types are left out here; the real run has them.
const untyped = { ...tseslint.configs.disableTypeChecked, languageOptions: { parserOptions: { project: null, program: null } } };
const eslint = new ESLint({ cwd: root, overrideConfig: [untyped] });
const fired = [];
for (const { file, code } of JSON.parse(input)) {
  const [result] = await eslint.lintText(code, { filePath: `${root}${file}` });
  fired.push(result.messages.map(({ ruleId, message }) => ({ rule: ruleId ?? 'parser', message })));
}
process.stdout.write(JSON.stringify(fired));
