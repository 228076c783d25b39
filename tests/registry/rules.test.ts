import { describe, expect, it } from '@jest/globals';
import {
  allowedSettings,
  canonicalJson,
  CONFIGURABLE,
  globalIdOf,
  readAgentReference,
  readContentUri,
  readRegistrationRequest,
  registrySettings,
  type JsonValue,
} from '@371os/plugin-registry';
import { treasurySettings } from '@371os/plugin-treasury';
import fc from 'fast-check';

const REGISTRY = { chainId: 31_337, address: '0x8004A169FB4a3325136EB29fA0ceB6D2e539a432' };

describe('an agent id', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (agentId) => {
        const reference = { registry: REGISTRY, agentId };
        expect(readAgentReference(globalIdOf(reference), REGISTRY)).toEqual(reference);
        expect(readAgentReference(String(agentId), REGISTRY)).toEqual(reference);
      }),
    );
  });

  it.each(['', '-1', '01', '1.5', '0x1', 'eip155:0:0x1/2', String(2n ** 256n), 'did:web:a'])(
    'is not "%s"',
    (text) => {
      expect(readAgentReference(text, REGISTRY)).toBeUndefined();
    },
  );
});

describe('canonical JSON', () => {
  it('is the same text for the same value, in whatever order it was put together', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        const value = fields as Record<string, JsonValue>;
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('differs where a value differs', () => {
    expect(canonicalJson({ b: 1, a: [2, null] })).toBe('{"a":[2,null],"b":1}');
    expect(canonicalJson({ a: '1' })).not.toBe(canonicalJson({ a: 1 }));
  });
});

describe('a content URI', () => {
  const size = (bytes: number): string =>
    `data:application/json;base64,${Buffer.alloc(bytes, 32).toString('base64')}`;

  it.each([
    ['ipfs://bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4', 'ipfs'],
    ['ipfs://QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o', 'ipfs'],
    ['https://example.com/a.json', 'https'],
    ['data:application/json,{}', 'data'],
    [size(256 * 1024), 'data'],
  ])('is read: %.60s', (uri, scheme) => {
    expect(readContentUri(uri)).toMatchObject({ scheme });
  });

  it.each([[size(256 * 1024 + 1)], ['data:application/json;base64,***'], ['ftp://example.com/']])(
    'is refused: %.60s',
    (uri) => {
      expect(readContentUri(uri)).toHaveProperty('problem');
    },
  );
});

describe('a message', () => {
  it.each([
    [
      'Register yourself on chain with the capabilities market research and pricing at 0.05 USDC per call',
      {
        capabilities: 'market research, pricing',
        basePrice: '0.05',
        currency: 'USDC',
        paymentModel: 'per-call',
      },
    ],
    ['please register this agent on the blockchain', {}],
    [
      'publish your agent identity, capabilities: translation; price 2 dollars',
      { capabilities: 'translation', basePrice: '2', currency: 'USD' },
    ],
  ])('asks to register: %s', (text, fields) => {
    expect(readRegistrationRequest(text)).toEqual({ kind: 'register', fields });
  });

  it.each([
    ['retire yourself from the registry', 'retired'],
    ['Pause this agent', 'paused'],
    ['set your status on-chain to maintenance', 'maintenance'],
    ['resume the agent', 'active'],
  ])('asks for a status: %s', (text, status) => {
    expect(readRegistrationRequest(text)).toEqual({ kind: 'status', fields: { status } });
  });

  it.each([
    ['retire the agent CFO Maya', 'retired'],
    ['Pause agent cfo maya, please', 'paused'],
    ['set the status of CFO Maya to maintenance', 'maintenance'],
    ['resume "CFO Maya" in the registry', 'active'],
    ['Retire yourself from the registry', 'retired'],
    ['please set your status to active so that others find the agent', 'active'],
    ["change the agent's status to paused", 'paused'],
    ['pause the agent for a while', 'paused'],
    ['deregister from the registry', 'retired'],
  ])('asks an agent for its own status: %s', (text, status) => {
    expect(readRegistrationRequest(text, 'CFO Maya')).toEqual({
      kind: 'status',
      fields: { status },
    });
  });

  it.each([
    'retire the agent Analyst',
    'Retire agent analyst',
    'activate the agent Analyst',
    'please pause the agent "Analyst" now',
    'retire the Analyst agent',
    'pause the other agent',
    'resume agent 7',
    'unregister Analyst from the registry',
    'set the status of Analyst to paused',
    'set the status of the agent Analyst to paused',
    "change Analyst's status to retired",
    'retire the agent CFO Maya Two',
    'retire the agent CFO Maya-2',
    'retire the agent Maya',
    'retire yourself and the agent Analyst',
  ])('asks an agent for the status of another: %s', (text) => {
    expect(readRegistrationRequest(text, 'CFO Maya')).toBeUndefined();
    expect(readRegistrationRequest(text)).toBeUndefined();
  });

  it.each(['register a domain for us', 'what is a blockchain?', 'pause', 'publish a blog post'])(
    'asks for nothing here: %s',
    (text) => {
      expect(readRegistrationRequest(text)).toBeUndefined();
    },
  );
});

describe('settings from a registration', () => {
  const FORBIDDEN =
    /KEY|SECRET|TOKEN|PASSWORD|SALT|URL|HOST|ENDPOINT|ADDRESS|CAP|USD|FEE|ROLE|ACCOUNTS|CHAIN|NETWORK|APPROV|PROVIDER|WALLET|CONFIDENTIAL|PRIVATE/;

  it('never include secrets, endpoints, keys, caps, roles, networks or approvals', () => {
    expect([...CONFIGURABLE].filter((name) => FORBIDDEN.test(name))).toEqual([]);
    const ours = [...Object.keys(registrySettings.shape), ...Object.keys(treasurySettings.shape)];
    expect(ours.filter((name) => CONFIGURABLE.has(name))).toEqual([]);
  });

  it('are taken from the list alone, and the others are named', () => {
    expect(allowedSettings({ QUALITY: 'high', OWNER_ACCOUNTS: 'telegram:1' })).toEqual({
      values: { QUALITY: 'high' },
      refused: [{ setting: 'OWNER_ACCOUNTS', reason: 'a registration must not set it' }],
    });
  });
});
