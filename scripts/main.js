// The one way into the programs of this folder:
//   node --conditions=@371os/source scripts/main.js start
// checks the Node it runs on, then runs start.ts in the same process, as if it had been called
// directly. It is plain JavaScript, so that an old Node can still read it and say what is wrong.
import './check-node.js';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// A start reads 20 MB of JavaScript and TypeScript; compiled, they are kept for the next one.
module.enableCompileCache(
  fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)),
);

const [name = ''] = process.argv.splice(2, 1);
if (!/^[a-z][a-z-]*$/.test(name)) {
  console.error('Usage: node --conditions=@371os/source scripts/main.js PROGRAM [ARGUMENT ...]');
  process.exit(2);
}
await import(`./${name}.ts`);
