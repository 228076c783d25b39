// Lints texts as if they were the contents of files: [{ "file": ..., "text": ... }] in, one list of
// messages for each out, as JSON. A process of its own, since ESLint cannot load its plugins in jest.
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';
import typescript from 'typescript-eslint';

// What needs types is left out: the arrows do not, and this takes a second instead of ten.
const eslint = new ESLint({ overrideConfig: [typescript.configs.disableTypeChecked] });
const lists = [];
for (const { file, text: source } of JSON.parse(await text(process.stdin))) {
  const [result] = await eslint.lintText(source, { filePath: file });
  lists.push(result.messages.map(({ line, ruleId }) => ({ line, ruleId })));
}
process.stdout.write(JSON.stringify(lists));
