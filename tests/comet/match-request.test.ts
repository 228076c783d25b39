import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  Catalogue,
  matchRequest,
  readFrontMatter,
  shippedFolder,
  SkillFolders,
  type Shortcut,
} from '@371os/plugin-comet';
import { filesBelow, readJson } from '../repository/workspaces.ts';

let shortcuts: Shortcut[];
beforeAll(async () => {
  const catalogue = new Catalogue(new SkillFolders([shippedFolder()]), readFrontMatter);
  shortcuts = [...(await catalogue.refresh()).shortcuts.values()];
});

const namesFor = (text: string): string[] => matchRequest(text, shortcuts).map(({ name }) => name);

describe('a request in plain words', () => {
  test.each([
    ['write developer docs for this', 'generate-dev-docs'],
    ['Please write the developer documentation of our ticket shop', 'generate-dev-docs'],
    ['could you draft a technical specification for the till', 'generate-dev-docs'],
    ['Design a workflow of agents that pays bills', 'prototype-agent-workflow'],
    ['draw an agent workflow for support mail', 'prototype-agent-workflow'],
    ['Draw a workflow for refunds', 'prototype-workflow'],
    ['create a spec for an agent that reads contracts', 'create-agent-spec'],
    ['validate the business logic of our refunds', 'validate-business-logic'],
    ['Research the niche of rare succulents', 'research-niche'],
    ['analyse the persona of a night nurse', 'analyze-persona'],
    ['plan a marketing funnel for the course', 'design-funnel'],
    ['test the monetisation of the newsletter', 'test-monetization'],
  ])('%p is offered /%s', (text, name) => {
    expect(namesFor(text)).toEqual([name]);
  });

  test.each([
    'what do developer docs cost?',
    'Why does the agent workflow fail',
    'our developer docs are out of date',
    'write a campaign for developers',
    'review our pricing',
    'check our budget',
    'test the server',
    'plan the quarter',
    'find the documents of last year',
    'thanks',
    '',
    'deploy nginx',
    `write developer docs ${'and so on '.repeat(100)}`,
  ])('%p is left alone', (text) => {
    expect(namesFor(text)).toEqual([]);
  });

  test('that some officer gives as an example of its work is left alone', () => {
    const examples = filesBelow('characters', /\.json$/).flatMap((path) => {
      const { settings } = readJson(path) as { settings?: { routing?: { examples?: string[] } } };
      return settings?.routing?.examples ?? [];
    });
    expect(examples.length).toBeGreaterThan(50);
    expect(examples.filter((text) => namesFor(text).length > 0)).toEqual([]);
  });
});
