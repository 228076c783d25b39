import { describe, expect, it } from '@jest/globals';
import { complainAboutNode } from '../../scripts/check-node.js';
import { readJson, type PackageJson } from './workspaces.ts';

describe('the Node that runs this', () => {
  it.each(['18.20.8', '20.20.2', '23.11.1'])('is refused when it is %s', (version) => {
    expect(complainAboutNode(version)).toMatch(
      /^371OS needs Node 24, and this is Node \d+\..*npm rebuild node/,
    );
  });

  it.each(['24.0.0', '24.21.0', '26.1.0'])('will do when it is %s', (version) => {
    expect(complainAboutNode(version)).toBeUndefined();
  });

  it('is the one that the package asks for', () => {
    const { engines, devDependencies } = readJson('package.json') as PackageJson;
    expect(engines?.node).toBe('>=24');
    expect(complainAboutNode(devDependencies?.['node'] ?? '')).toBeUndefined();
  });
});
