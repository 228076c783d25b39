import { expect, test } from '@jest/globals';
import { readCharacters, selectCharacters } from '../../scripts/launcher/characters.ts';
import {
  runProgram,
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
} from '../support/company.ts';

const all = readCharacters('characters');
const names = (selected: readonly { name: string }[]): string[] => selected.map(({ name }) => name);

test('a front starts all, a worker all but the front desk', () => {
  expect(names(selectCharacters(all, undefined, 'front'))).toEqual(names(all));
  expect(names(selectCharacters(all, undefined, 'worker'))).toEqual(
    names(all).filter((name) => name !== 'Front Desk'),
  );
});

test('agents are named by their whole name or one word of it, once', () => {
  expect(names(selectCharacters(all, ['cfo maya', 'Zara', 'CTO'], 'worker'))).toEqual([
    'CFO Maya',
    'CTO Zara',
  ]);
});

test.each([
  ['Nobody', 'There is no character called "Nobody". There are: CCO Sage, '],
  ['Front Desk', 'start it with npm start'],
])('a worker does not start %s', (name, sentence) => {
  expect(() => selectCharacters(all, [name], 'worker')).toThrow(sentence);
});

test('a worker without PostgreSQL says what it lacks', async () => {
  const directory = makeDataDirectory();
  const { code, stderr } = await runProgram('worker', [], await emptyEnvironment(directory));
  removeDataDirectory(directory);
  expect(code).toBe(1);
  expect(stderr).toContain('set POSTGRES_URL');
});
