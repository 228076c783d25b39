import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import typescript from 'typescript-eslint';

// Which workspace may know which (docs/architecture.md). A workspace that is not named here may
// know none: add it when you add the workspace.
const ARROWS = {
  kernel: [],
  contracts: [],
  client: [],
  cli: ['client'],
  devnet: ['kernel', 'contracts'],
  'plugin-treasury': ['kernel'],
  'plugin-gateway': ['kernel', 'plugin-treasury'],
  'plugin-tasks': ['kernel'],
  'plugin-csuite': ['kernel', 'plugin-treasury', 'plugin-tasks'],
  'plugin-akash': ['kernel', 'plugin-treasury', 'plugin-tasks'],
  'plugin-registry': ['kernel', 'contracts', 'plugin-treasury', 'plugin-tasks'],
  'plugin-router': ['kernel', 'plugin-treasury', 'plugin-gateway', 'plugin-tasks'],
  'plugin-lifecycle': [
    'kernel',
    'client',
    'plugin-treasury',
    'plugin-tasks',
    'plugin-akash',
    'plugin-registry',
    'plugin-router',
  ],
  'plugin-coordination': [
    'kernel',
    'plugin-treasury',
    'plugin-tasks',
    'plugin-registry',
    'plugin-router',
  ],
  'plugin-channels': ['kernel', 'plugin-treasury'],
  'plugin-comet': ['kernel', 'plugin-treasury', 'plugin-tasks', 'plugin-router'],
  'plugin-dashboard': [
    'kernel',
    'plugin-treasury',
    'plugin-tasks',
    'plugin-akash',
    'plugin-router',
    'plugin-lifecycle',
    'plugin-resilience',
  ],
  'plugin-resilience': [
    'kernel',
    'plugin-treasury',
    'plugin-gateway',
    'plugin-tasks',
    'plugin-akash',
    'plugin-registry',
    'plugin-router',
    'plugin-lifecycle',
  ],
};

// What the domain may use of the kernel: the parts without a clock, a database or a runtime.
const PURE_KERNEL = String.raw`^(\w*Usd\w*|PICO_PER_USD|divideUp|perUnit\w+|forecastBurn|monthAt|Burn|MonthProgress|\w+Error|Clock|IdSource|RandomSource|Role|hasRole|Principal|ActionRule|RuleParameters|TraceEvent|SettingReport|ShownOrigin|POLITE_BEGINNING|splitList|isPublicAddress|OfferedSkill|Command|CommandArgument|quoteArgument)$`;

const EDGE = ['actions', 'providers', 'evaluators', 'routes', 'commands', 'index.ts'];

// Node runs the sources as they are, so it must find every file by its full name.
const EXTENSIONLESS = String.raw`^[.]{1,2}(\u002f|$)(?!.*[.](ts|js|json)$)`;

const BANNED_SYNTAX = [
  {
    selector: 'ThrowStatement > NewExpression[callee.name="Error"]',
    message: 'Throw an error class of your own (errors.ts), built from a named object.',
  },
  ...[
    'ImportDeclaration',
    'ExportNamedDeclaration',
    'ExportAllDeclaration',
    'ImportExpression',
  ].map((node) => ({
    selector: `${node}[source.value=/${EXTENSIONLESS}/]`,
    message: 'Write the file name with its extension (./money.ts): Node does not guess it.',
  })),
];

const IMPURE_SYNTAX = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Take the time as an argument.',
  },
];

const READS_ENVIRONMENT = {
  object: 'process',
  property: 'env',
  message: 'Settings are read once, by readSettings of the kernel.',
};

/**
 * Forbids the files of one layer to import what matches `forbidden`: a regular expression each, or
 * one with the names that are allowed all the same.
 */
function layer(name, forbidden, message) {
  const patterns = forbidden.map((pattern) => ({
    ...(typeof pattern === 'string' ? { regex: pattern } : pattern),
    message: `${message} (docs/architecture.md)`,
  }));
  return {
    files: [`plugins/*/src/${name}/**/*.ts`, `plugins/*/src/${name}.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

/** Forbids a workspace to import the others, but for those that its arrows lead to. */
function workspace(name, known) {
  return {
    files: [`plugins/${name}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^@371os/(?!(?:${known.join('|') || '-'})$)`,
              message: `${name} may know ${known.join(', ') || 'no other workspace'}, by the public index alone.`,
            },
            {
              regex: String.raw`(^|/)plugins/|^(\.\./)+(kernel|plugin-)`,
              message: 'Import another workspace by its package name.',
            },
          ],
        },
      ],
    },
  };
}

const folder = (...names) => names.map((name) => String.raw`^\.{1,2}/(.*/)?${name}(/|$)`);

export default defineConfig(
  globalIgnores(['**/dist/', '**/node_modules/', '.371os/', 'tests/fixtures/']),
  eslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      globals: Object.fromEntries(
        'console process URL fetch AbortSignal setTimeout globalThis'
          .split(' ')
          .map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.ts'],
    extends: [typescript.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A class or function of a port is async for those adapters that wait.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', ...BANNED_SYNTAX],
      eqeqeq: ['error', 'smart'],
    },
  },
  {
    files: ['plugins/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': ['error', READS_ENVIRONMENT],
    },
  },
  {
    files: ['plugins/kernel/src/settings.ts', 'plugins/cli/src/main.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['plugins/*/src/domain/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...'process fetch setTimeout setInterval setImmediate performance crypto console'.split(
          ' ',
        ),
      ],
      'no-restricted-properties': [
        'error',
        READS_ENVIRONMENT,
        { object: 'Date', property: 'now', message: 'Take the time as an argument.' },
        { object: 'Math', property: 'random', message: 'Take randomness as an argument.' },
      ],
      'no-restricted-syntax': ['error', ...BANNED_SYNTAX, ...IMPURE_SYNTAX],
    },
  },
  layer(
    'domain',
    [
      String.raw`^(?!\./|(\.\./)+(errors(/.*)?|domain/.*)\.ts$|@371os/kernel$|(zod|marked|unhomoglyph)$)`,
      { regex: '^@371os/kernel$', allowImportNamePattern: PURE_KERNEL },
    ],
    'The domain is pure: it knows the domain and the pure parts of the kernel',
  ),
  layer('ports', folder('adapters', 'services', ...EDGE), 'Ports know the domain alone'),
  layer('adapters', folder('services', ...EDGE), 'Adapters know ports and the domain'),
  // The SQL of a plugin that keeps its state in ElizaOS's database and nowhere else.
  layer('store', folder('services', ...EDGE), 'The store knows the domain'),
  layer('services', folder('adapters', ...EDGE), 'Services know ports'),
  // A service's `start` composes: the file of the ElizaOS service names the adapters it takes.
  layer('services/*-service', folder(...EDGE), 'Services know ports'),
  // What runs in a browser: its own files, and the types of what the server sends.
  layer(
    'page',
    [String.raw`^(?!\./[\w-]+\.(ts|js)$|\.\./domain/|uplot$)`],
    'The page knows its own files and the domain',
  ),
  {
    files: ['plugins/*/src/page/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...'innerHTML outerHTML insertAdjacentHTML setHTMLUnsafe srcdoc'
          .split(' ')
          .map((property) => ({ property, message: 'Text that people wrote is never markup.' })),
      ],
    },
  },
  ...EDGE.slice(0, -1).map((name) =>
    layer(name, folder('adapters', 'store', 'schema.ts'), 'The edge knows services'),
  ),
  ...Object.entries(ARROWS).map(([name, known]) => workspace(name, known)),
  {
    files: ['tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'no-restricted-syntax': ['error', ...BANNED_SYNTAX.slice(1)],
    },
  },
);
