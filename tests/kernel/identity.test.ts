import { describe, expect, test } from '@jest/globals';
import { authenticate, hasRole, OWNER, requireRole, secretsEqual, type Role } from '@371os/kernel';

const TOKEN = 'owner-token-of-this-test';

describe('who sends a request', () => {
  test.each([
    ['a bearer token', { authorization: `Bearer ${TOKEN}` }],
    ['an API key', { 'x-api-key': TOKEN }],
    ['the owner by name', { 'x-api-key': TOKEN, 'x-act-as': 'owner' }],
  ])('%s is the owner', (_name, headers) => {
    expect(authenticate({ headers }, TOKEN)).toEqual(OWNER);
  });

  test('the owner may speak as a guest, and has then a guest role', () => {
    const principal = authenticate({ headers: { 'x-api-key': TOKEN, 'x-act-as': 'ann' } }, TOKEN);
    expect(principal).toEqual({ id: 'guest:ann', role: 'guest', proof: 'token' });
  });

  test.each([
    ['no token', {}, {}],
    ['a wrong token', { authorization: 'Bearer nope' }, {}],
    ['an empty token', { 'x-api-key': '' }, {}],
    ['a name without a token', { 'x-act-as': 'owner' }, {}],
    ['ids in the body', {}, { userId: 'owner', entityId: 'owner', role: 'owner' }],
  ])('%s is refused', (_name, headers, body) => {
    expect(() => authenticate({ headers, body }, TOKEN)).toThrow(/valid token is needed/);
  });

  test('a server without a token recognises nobody', () => {
    expect(() => authenticate({ headers: { 'x-api-key': '' } }, undefined)).toThrow(
      /ELIZA_SERVER_AUTH_TOKEN/,
    );
  });

  test.each(['../x', 'a b', '', 'x'.repeat(65)])('the guest name %p is refused', (name) => {
    const headers = { 'x-api-key': TOKEN, 'x-act-as': name };
    expect(() => authenticate({ headers }, TOKEN)).toThrow(/X-Act-As/);
  });

  test('secrets are compared whole', () => {
    expect(secretsEqual('abc', 'abc')).toBe(true);
    expect(secretsEqual('abc', 'abcd')).toBe(false);
  });
});

describe('what a role may do', () => {
  test.each<[Role, Role, boolean]>([
    ['owner', 'owner', true],
    ['owner', 'admin', true],
    ['admin', 'owner', false],
    ['admin', 'guest', true],
    ['guest', 'admin', false],
  ])('%s where %s is needed: %s', (role, needed, allowed) => {
    const principal = { ...OWNER, role };
    expect(hasRole(principal, needed)).toBe(allowed);
    const act = (): void => {
      requireRole(principal, needed, 'raise a cap');
    };
    if (allowed) expect(act).not.toThrow();
    else expect(act).toThrow(/may raise a cap/);
  });
});
