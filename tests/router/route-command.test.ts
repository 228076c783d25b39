import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TIMEOUT_MS = 60_000;

interface Run {
  readonly code: number | null;
  readonly lines: unknown[];
  readonly complaint: string;
}

function route(input: string, ...options: string[]): Run {
  const program = ['--conditions=@371os/source', 'scripts/main.js', 'route', ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, program, {
    cwd: ROOT,
    input,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  const lines = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
  return { code: status, lines, complaint: stderr };
}

describe('npm run route', () => {
  test(
    'answers each line in order, those after a bad one too, and then fails',
    () => {
      const input = [
        '{"id":"a","text":"Fix the login error and then tell the members in the forum."}',
        'nonsense',
        '',
        '{"id":7}',
        '{"id":8,"text":"How many months of runway do we have left?"}',
      ];
      const { code, lines } = route(input.join('\r\n'), '--jsonl');
      expect(lines).toEqual([
        {
          id: 'a',
          tasks: [
            task('Fix the login error', 'CTO', []),
            task('tell the members in the forum', 'CCO', [0]),
          ],
        },
        { error: 'the line is not JSON' },
        { id: 7, error: 'text has to be a string' },
        { id: 8, tasks: [task('How many months of runway do we have left?', 'CFO', [])] },
      ]);
      expect(code).toBe(1);
    },
    TIMEOUT_MS,
  );

  test(
    'says how it is used, and is content with no line at all',
    () => {
      expect(route('', '--csv')).toMatchObject({ code: 2, lines: [] });
      expect(route('').complaint).toContain('npm run -s route -- --jsonl');
      expect(route('', '--jsonl')).toEqual({ code: 0, lines: [], complaint: '' });
    },
    TIMEOUT_MS,
  );
});

function task(text: string, label: string, dependsOn: number[]): object {
  return { text, label, confidence: expect.any(Number), abstained: false, dependsOn };
}
