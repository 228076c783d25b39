import { afterEach, describe, expect, test } from '@jest/globals';
import {
  HttpLocalDiscovery,
  isLoopback,
} from '../../plugins/plugin-gateway/src/adapters/local-discovery.ts';
import {
  acquireLocalModels,
  releaseLocalModels,
} from '../../plugins/plugin-gateway/src/services/local-models.ts';
import { freePort } from '../support/company.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { openDesk } from './desk-fixture.ts';

const servers: ScriptedModel[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(init: Parameters<typeof startScriptedModel>[0]): Promise<ScriptedModel> {
  const server = await startScriptedModel(init);
  servers.push(server);
  return server;
}

async function nobody(): Promise<string> {
  return `http://127.0.0.1:${String(await freePort())}`;
}

describe('looking for models on this machine', () => {
  test('finds Ollama and LocalAI', async () => {
    const ollama = await start({ ollamaModels: ['llama3:latest', 'nomic-embed-text:latest'] });
    const localai = await start({ localaiModels: ['phi-4-14b', 'whisper-1'] });
    const found = await new HttpLocalDiscovery({
      ollamaUrl: ollama.url,
      localaiUrl: localai.baseUrl,
    }).probe();
    expect(found).toEqual([
      {
        provider: 'ollama',
        api: 'openai',
        baseUrl: ollama.baseUrl,
        isLocal: true,
        models: ['llama3:latest'],
      },
      {
        provider: 'localai',
        api: 'openai',
        baseUrl: localai.baseUrl,
        isLocal: true,
        models: ['phi-4-14b'],
      },
    ]);
  });

  test.each(['/api', '/api/', '/v1', '/'])(
    'takes an Ollama address that ends in %s',
    async (end) => {
      const ollama = await start({ ollamaModels: ['llama3'] });
      const found = await new HttpLocalDiscovery({
        ollamaUrl: ollama.url + end,
        localaiUrl: await nobody(),
      }).probe();
      expect(found).toMatchObject([{ baseUrl: ollama.baseUrl }]);
    },
  );

  test("models of Ollama's cloud are not of this machine", async () => {
    const ollama = await start({
      ollamaModels: [
        'gpt-oss:120b-cloud',
        { name: 'qwen3-coder', remote_host: 'https://ollama.com', remote_model: 'qwen3' },
        'llama3',
      ],
    });
    const found = await new HttpLocalDiscovery({
      ollamaUrl: ollama.url,
      localaiUrl: await nobody(),
    }).probe();
    expect(found).toMatchObject([{ models: ['llama3'] }]);
  });

  test('a proxy on this machine to a cloud is not LocalAI', async () => {
    const proxy = await start({ localaiModels: [{ id: 'gpt-4o', owned_by: 'openai' }] });
    const found = await new HttpLocalDiscovery({
      ollamaUrl: await nobody(),
      localaiUrl: proxy.baseUrl,
    }).probe();
    expect(found).toEqual([]);
  });

  test('something else on those ports is no model', async () => {
    const other = await start({});
    const discovery = new HttpLocalDiscovery({ ollamaUrl: other.url, localaiUrl: other.baseUrl });
    expect(await discovery.probe()).toEqual([]);
  });

  test.each([
    ['http://127.0.0.1:11434', true],
    ['http://127.5.0.1', true],
    ['http://localhost:8080/v1', true],
    ['http://[::1]:8080', true],
    ['http://192.168.1.4:11434', false],
    ['http://127.0.0.1.example.org', false],
    ['http://localhost.example.org', false],
    ['http://0.0.0.0:11434', false],
    ['https://api.openai.com', false],
  ])('%s is loopback: %s', (url, is) => {
    expect(isLoopback(url)).toBe(is);
  });
});

describe('the agents of a process', () => {
  test('see a model at the same moment, and look once for all', async () => {
    const place = { ollamaUrl: await nobody(), localaiUrl: await nobody(), probeMs: 60_000 };
    const first = acquireLocalModels(place, new HttpLocalDiscovery(place));
    const second = acquireLocalModels(place, new HttpLocalDiscovery(place));
    const elsewhere = { ...place, ollamaUrl: await nobody() };
    const other = acquireLocalModels(elsewhere, new HttpLocalDiscovery(elsewhere));
    expect(second).toBe(first);
    expect(other).not.toBe(first);

    const ollama = await start({
      ollamaModels: ['llama3'],
      port: Number(new URL(place.ollamaUrl).port),
    });
    const heard = Promise.withResolvers<number>();
    first.onChanged(() => {
      heard.resolve(second.found.length);
    });
    await first.refresh();
    expect(await heard.promise).toBe(1);
    expect(ollama.requests).toEqual([]);

    releaseLocalModels(place);
    expect(acquireLocalModels(place, new HttpLocalDiscovery(place))).toBe(first);
    releaseLocalModels(place);
    releaseLocalModels(place);
    expect(acquireLocalModels(place, new HttpLocalDiscovery(place))).not.toBe(first);
    releaseLocalModels(place);
    releaseLocalModels(elsewhere);
  });
});

describe('models that come and go', () => {
  test('are noticed, and told once each time', async () => {
    const port = await freePort();
    const desk = await openDesk({
      settings: {
        LOCAL_MODEL_DISCOVERY: 'true',
        OLLAMA_API_ENDPOINT: `http://127.0.0.1:${String(port)}`,
        LOCALAI_BASE_URL: await nobody(),
      },
    });
    const { registry } = desk;
    let changes = 0;
    const stop = registry.onChanged(() => (changes += 1));
    expect(registry.hasModel({ isConfidential: false })).toBe(false);

    const ollama = await start({ ollamaModels: ['llama3'], port, reply: 'Here.' });
    await desk.local.refresh();
    await desk.local.refresh();
    expect(changes).toBe(1);
    expect(registry.hasModel({ isConfidential: true })).toBe(true);
    expect(registry.describe().slots.private).toEqual(['ollama:llama3']);
    expect(await desk.generate()).toBe('Here.');

    await ollama.close();
    servers.pop();
    await desk.local.refresh();
    expect(changes).toBe(2);
    expect(registry.hasModel({ isConfidential: true })).toBe(false);
    stop();
    await start({ ollamaModels: ['llama3'], port });
    await desk.local.refresh();
    expect(changes).toBe(2);
  });
});
