import { createHash } from 'node:crypto';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import {
  compileSdlText,
  goJson,
  InvalidSdlError,
  UnreadableSdlError,
  UnsupportedSdlError,
  type Json,
} from '@371os/plugin-akash';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURES = `${ROOT}tests/fixtures/akash`;

interface Vector {
  readonly manifest?: Json;
  readonly groups?: Json;
}
const vectors = JSON.parse(readFileSync(`${FIXTURES}/go-vectors.json`, 'utf8')) as Record<
  string,
  Vector
>;
const sdlOf = (name: string): string => readFileSync(`${FIXTURES}/go-sdl/${name}.yaml`, 'utf8');
const simple = sdlOf('v2.0-simple');

describe.each(Object.entries(vectors))('%s', (name, vector) => {
  const compiled = compileSdlText(sdlOf(name));

  test('has the manifest, the hash and the groups that the Go tools make', () => {
    if (vector.manifest) {
      expect(compiled.manifest).toEqual(vector.manifest);
      const sum = createHash('sha256').update(goJson(vector.manifest)).digest('hex');
      expect(compiled.versionHash).toBe(sum);
    }
    if (vector.groups) expect(compiled.groups).toEqual(vector.groups);
    expect(vector.manifest ?? vector.groups).toBeDefined();
  });
});

describe('where the tools differ, the Go tools are followed', () => {
  const compile = (change: (text: string) => string): ReturnType<typeof compileSdlText> =>
    compileSdlText(change(simple));

  test('sizes are cut off to whole bytes, CPUs to thousandths', () => {
    const { manifest } = compile((text) =>
      text.replace('128Mi', '128.0000001Mi').replace('100m', '0.1009'),
    );
    const text = JSON.stringify(manifest);
    expect(text).toContain('"size":{"val":"134217728"}');
    expect(text).toContain('"units":{"val":"100"}');
  });

  test('ports are hashed in the order of their numbers, not of the file', () => {
    const text = simple.replace('        proto: udp\n', '');
    const swapped = text.replace(/80|12345/g, (port) => (port === '80' ? '12345' : '80'));
    for (const sdl of [text, swapped])
      expect(JSON.stringify(compileSdlText(sdl).manifest)).toContain(
        '"endpoints":[{"sequence_number":0},{"kind":1,"sequence_number":0}]',
      );
  });

  test('volumes are hashed in the order of their sizes', () => {
    const text = sdlOf('v2.0-multi-storage');
    const swapped = text
      .replace('size: 5Gi', 'size: 10Gi')
      .replace(/size: 10Gi(?![\s\S]*size: 10Gi)/, 'size: 5Gi');
    const [first, second] = [text, swapped].map(
      (sdl) => /"storage":\[.*?\]\}\]/.exec(JSON.stringify(compileSdlText(sdl).groups))?.[0] ?? '',
    );
    expect(first?.match(/"name":"\w+"/g)).toEqual([
      '"name":"default"',
      '"name":"cache"',
      '"name":"logs"',
    ]);
    expect(second?.match(/"name":"\w+"/g)).toEqual([
      '"name":"default"',
      '"name":"logs"',
      '"name":"cache"',
    ]);
  });

  test.each([
    ['2.0', [1, 2], 2],
    ['2.1', [1, 1], 1],
  ])('SDL %s counts services that share a profile as units %j', (version, ids, units) => {
    const { manifest, groups } = compileSdlText(
      sdlOf('v2.1-shared-ip').replace('"2.1"', `"${version}"`),
    );
    const [group] = manifest as unknown as [{ services: { resources: { id: number } }[] }];
    expect(group.services.map(({ resources }) => resources.id)).toEqual(ids);
    expect(groups[0]?.resources).toHaveLength(units);
  });

  test('a port without a direction is internal, zero is the default, permissions have no volumes', () => {
    const { manifest } = compile((text) =>
      text
        .replace(
          '    image: nginx\n',
          '    image: nginx\n    params:\n      permissions:\n        read:\n          - logs\n',
        )
        .replace(
          '        proto: udp\n',
          '        proto: udp\n      - port: 9\n        http_options:\n          next_tries: 0\n',
        ),
    );
    const text = JSON.stringify(manifest);
    expect(text).toContain('"storage":null');
    expect(text).toMatch(/"global":false,"hosts":null,"httpOptions":\{[^}]*"nextTries":3/);
  });

  test('signs that Go escapes are escaped before they are hashed', () => {
    expect(goJson({ b: '<&>\u2028', a: [1, null] })).toBe(
      '{"a":[1,null],"b":"\\u003c\\u0026\\u003e\\u2028"}',
    );
  });
});

describe('an SDL is refused with the path of its fault', () => {
  const swap =
    (from: string | RegExp, to: string): ((text: string) => string) =>
    (text) => {
      const changed = text.replace(from, to);
      expect(changed).not.toBe(text);
      return changed;
    };

  test.each<[string, (text: string) => string, RegExp]>([
    ['port 70000', swap('port: 80\n', 'port: 70000\n'), /services\.web\.expose\[0\]\.port/],
    ['port 0', swap('port: 80\n', 'port: 0\n'), /services\.web\.expose\[0\]\.port/],
    ['count 0', swap('count: 2', 'count: 0'), /deployment\.web\.westcoast\.count/],
    ['count 51', swap('count: 2', 'count: 51'), /deployment\.web\.westcoast\.count/],
    [
      'an unknown field',
      swap('image: nginx', 'image: nginx\n    imagee: x'),
      /services\.web\.imagee: this field is unknown/,
    ],
    [
      'an unknown section',
      swap('services:', 'volumes: {}\nservices:'),
      /volumes: this field is unknown/,
    ],
    [
      'an image with a command',
      swap('image: nginx', 'image: "nginx; rm -rf /"'),
      /services\.web\.image/,
    ],
    [
      'an image with a substitution',
      swap('image: nginx', 'image: nginx$(id)'),
      /services\.web\.image/,
    ],
    ['no image', swap('    image: nginx\n', ''), /services\.web\.image: it is missing/],
    [
      'a negative price',
      swap('amount: 50', 'amount: -50'),
      /profiles\.placement\.westcoast\.pricing\.web\.amount/,
    ],
    ['a price of nothing', swap('amount: 50', 'amount: 0'), /pricing\.web\.amount/],
    ['a price above the limit', swap('amount: 50', 'amount: 10000001'), /pricing\.web\.amount/],
    ['a service name in capitals', swap(/\bweb\b/g, 'Web'), /services\.Web/],
    ['too little CPU', swap('"100m"', '"9m"'), /profiles\.compute\.web\.resources\.cpu\.units/],
    ['no unit of memory that there is', swap('128Mi', '128mi'), /resources\.memory\.size/],
    ['too much storage', swap('"1Gi"', '"33Ti"'), /resources\.storage\.size/],
    ['a protocol', swap('proto: udp', 'proto: icmp'), /services\.web\.expose\[1\]\.proto/],
    [
      'nothing public',
      swap(/global: true/g, 'global: false'),
      /services: no service can be reached/,
    ],
    ['a profile that is not there', swap('profile: web', 'profile: api'), /profile/],
    ['version 3', swap('"2.0"', '"3.0"'), /version/],
    ['no version', swap('version: "2.0"\n', ''), /version: it is missing/],
    [
      'one host name twice',
      swap(
        '      - port: 12345\n',
        '      - port: 12345\n        accept:\n          - ahostname.com\n',
      ),
      /services\.web\.expose\[1\]\.accept/,
    ],
    [
      'one port twice',
      swap(
        '      - port: 12345\n        to:\n          - global: true\n        proto: udp',
        '      - port: 80\n        to:\n          - global: true',
      ),
      /services\.web\.expose\[1\]/,
    ],
    [
      'an empty list',
      swap('    image: nginx\n', '    image: nginx\n    env: []\n'),
      /services\.web\.env/,
    ],
    [
      'a variable with a space',
      swap('    image: nginx\n', '    image: nginx\n    env:\n      - "A B=1"\n'),
      /services\.web\.env\[0\]/,
    ],
  ])('%s', (_name, change, path) => {
    expect(() => compileSdlText(change(simple))).toThrow(InvalidSdlError);
    expect(() => compileSdlText(change(simple))).toThrow(path);
  });

  test('two services that want one port of one address', () => {
    const text = sdlOf('v2.1-shared-ip').replace('as: 81', 'as: 80');
    expect(() => compileSdlText(text)).toThrow(
      /services\.(?:web|anotherweb)\.expose\[0\]\.to\[0\]\.ip/,
    );
  });

  test.each<[string, (text: string) => string, RegExp]>([
    [
      'a TEE',
      swap('    image: nginx\n', '    image: nginx\n    params:\n      tee: cpu\n'),
      /trusted execution environment.*services\.web\.params\.tee/,
    ],
    [
      'reclamation',
      (text) => `${text}reclamation:\n  window: 1h\n`,
      /resource reclamation at reclamation/,
    ],
    [
      'a proxy buffer',
      swap(
        '      - port: 80\n',
        '      - port: 80\n        http_options:\n          proxy_buffer_size: 16384\n',
      ),
      /proxy buffer size/,
    ],
  ])('%s is refused by name', (_name, change, words) => {
    expect(() => compileSdlText(change(simple))).toThrow(UnsupportedSdlError);
    expect(() => compileSdlText(change(simple))).toThrow(words);
  });
});

describe('a text that is made to exhaust its reader', () => {
  const aliases = Array.from({ length: 12 }, (_, level) =>
    level === 0
      ? 'a0: &a0 [x, x, x, x, x, x, x, x]'
      : `a${String(level)}: &a${String(level)} [${Array.from({ length: 8 }, () => `*a${String(level - 1)}`).join(', ')}]`,
  ).join('\n');

  test.each([
    ['aliases that grow', aliases],
    ['a flow of brackets', '['.repeat(60_000)],
    ['a ladder of dashes', `${'- '.repeat(20_000)}x`],
    ['a long text', `services: "${'x'.repeat(70_000)}"`],
    ['one key twice', 'version: "2.0"\nversion: "2.0"\n'],
    ['two documents', `${simple}---\n${simple}`],
    ['a tag', 'version: !!js/function "x"\n'],
    ['no YAML', 'services: ["\n'],
  ])('%s is refused', (_name, text) => {
    expect(() => compileSdlText(text)).toThrow(UnreadableSdlError);
  });

  test.each(['', 'null', '- 1', 'nginx'])('%j is no SDL', (text) => {
    expect(() => compileSdlText(text)).toThrow(InvalidSdlError);
  });
});

describe('npm run sdl', () => {
  const run = (args: string[], input = ''): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, ['--conditions=@371os/source', 'scripts/main.js', 'sdl', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      input,
      timeout: 60_000,
    });

  test('prints what was compiled as JSON', () => {
    const { status, stdout } = run(['--json', `${FIXTURES}/go-sdl/v2.0-simple.yaml`]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(compileSdlText(simple));
  }, 60_000);

  test('ends with 1 and the path on standard error', () => {
    const { status, stdout, stderr } = run(
      ['--json', '-'],
      simple.replace('port: 80\n', 'port: 70000\n'),
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('services.web.expose[0].port');
  }, 60_000);
});
