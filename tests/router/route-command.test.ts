import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';

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

interface Task {
  readonly text: string;
  readonly label: string;
  readonly abstained: boolean;
  readonly dependsOn: readonly number[];
  readonly note?: string;
}

const ITEMS = Array.from({ length: 40 }, (_, index) => `${index + 1}. order crate ${index + 1}`);
const LONG = 'We lost a customer in Leeds. '.repeat(3_600);
const BAD: Record<string, string> = {
  forty: ITEMS.join('\n'),
  more: [...ITEMS, '41. close the books', '42. call the bank'].join('\n'),
  circle: '1. write the ad after 2\n2. set the price after 1',
  contrary: 'Raise the price of the ticket to 10. Do not raise the price of the ticket to 10.',
  german: 'Behebe den Fehler im Login. Danach schreibe einen Beitrag für den Blog. Danke!',
  spanish: '¿Cuánto dinero nos queda en la caja? Prepara el informe para los socios.',
  french: '- Corrigez la page de connexion\n- Préparez le budget de mai',
  japanese: 'ログインを直してください。予算を作ってください。',
  arabic: 'أصلح صفحة الدخول. ثم جهز الميزانية؟',
  marks: '?!',
  emoji: '😀👩‍👩‍👧‍👦🇩🇪',
  nul: 'Fix the login\u0000page\u0000 and then close the books of May',
  code: 'Why does ```\nfix(login);\nthen("plan a meetup");\n``` throw?',
  quoted: 'Translate "fix the login. Then close the books." into Dutch',
  address: 'Why is https://a.example/fix;then=close,and?plan=1.&so=2 so slow?',
  long: LONG,
  half: 'Fix the login \ud83d and then close the books of May',
};

describe('bad requests', () => {
  let tasks: Record<string, readonly Task[]>;
  const textsOf = (id: string): string[] => (tasks[id] ?? []).map(({ text }) => text);

  beforeAll(() => {
    const lines = Object.entries(BAD).map(([id, text]) => JSON.stringify({ id, text }));
    const run = route([...lines, '{"id":"empty","text":" \\n"}'].join('\n'), '--jsonl');
    expect(run.complaint).toBe('');
    expect(run.lines.at(-1)).toEqual({ id: 'empty', error: 'text is blank' });
    const read = run.lines.slice(0, -1) as { id: string; tasks: Task[] }[];
    tasks = Object.fromEntries(read.map(({ id, tasks: found }) => [id, found]));
  }, TIMEOUT_MS);

  test('each has at least one part, in its own words and in order', () => {
    expect(Object.keys(tasks)).toEqual(Object.keys(BAD));
    for (const [id, text] of Object.entries(BAD)) {
      let end = 0;
      for (const part of textsOf(id)) {
        const start = text.toWellFormed().indexOf(part.toWellFormed(), end);
        expect(start).toBeGreaterThanOrEqual(end);
        end = start + part.length;
      }
      expect(end).toBeGreaterThan(0);
    }
  });

  test('forty parts stay forty; the last of more keeps the rest, and says so', () => {
    expect(textsOf('forty')).toHaveLength(40);
    expect(tasks['forty']?.every(({ note }) => note === undefined)).toBe(true);
    expect(textsOf('more')).toHaveLength(40);
    expect(tasks['more']?.at(-1)).toMatchObject({
      text: 'order crate 40\n41. close the books\n42. call the bank',
      note: 'a request has at most 40 parts, so all the rest is in this one',
    });
  });

  test('a circle is broken, and the person is told', () => {
    expect(tasks['circle']).toMatchObject([
      { dependsOn: [], note: expect.stringContaining('part 1 was to wait for part 2') },
      { dependsOn: [0] },
    ]);
  });

  test('parts that contradict each other are both kept', () => {
    expect(textsOf('contrary')).toEqual([
      'Raise the price of the ticket to 10',
      'Do not raise the price of the ticket to 10',
    ]);
  });

  test.each([
    ['german', 2, [[], [0]]],
    ['spanish', 2, [[], []]],
    ['french', 2, [[], []]],
    ['japanese', 2, [[], []]],
    ['arabic', 2, [[], [0]]],
  ] as const)('%s is cut by its marks', (id, count, dependsOn) => {
    expect(textsOf(id)).toHaveLength(count);
    expect(tasks[id]?.map((task) => task.dependsOn)).toEqual(dependsOn);
  });

  test.each(['japanese', 'arabic', 'marks', 'emoji'])('nobody is named for %s', (id) => {
    expect(tasks[id]?.every(({ abstained }) => abstained)).toBe(true);
  });

  test.each(['code', 'quoted', 'address', 'marks', 'emoji'])('%s stays in one piece', (id) => {
    expect(textsOf(id)).toEqual([BAD[id]]);
  });

  test.each(['nul', 'half'])('%s is cut where any other text is', (id) => {
    expect(textsOf(id)).toEqual([expect.stringMatching(/^Fix/), 'close the books of May']);
  });

  test('100 kB are read to the end', () => {
    expect(LONG.length).toBeGreaterThan(100_000);
    expect(textsOf('long').at(-1)?.endsWith('in Leeds')).toBe(true);
  });
});

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
