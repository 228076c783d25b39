import { rmSync } from 'node:fs';

export default function removeDatabases() {
  rmSync(process.env.TEST_DATABASES, { recursive: true, force: true });
}
