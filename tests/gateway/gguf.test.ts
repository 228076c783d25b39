import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ModelType, type IAgentRuntime, type TextStreamResult } from '@elizaos/core';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inConversation, OWNER, startConversation } from '@371os/kernel';
import { gatewayOf, type GatewayService } from '@371os/plugin-gateway';
import { treasuryOf } from '@371os/plugin-treasury';
import { startAgents, type TestAgents } from './agents-fixture.ts';

const START_MS = 60_000;
// A small model on a busy machine takes its time.
const ANSWER_MS = 300_000;
const MODEL_FILE = process.env['LIVE_LOCAL_MODEL'];
const CONTEXT_TOKENS = 1_024;

const directory = mkdtempSync(join(tmpdir(), '371os-gguf-'));
let agents: TestAgents;

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** Runs work for an agent in a conversation of its own. */
async function asked<Result>(
  agent: IAgentRuntime,
  work: (gateway: GatewayService) => Promise<Result>,
  { isConfidential = false, taskId = `task-${randomUUID()}` } = {},
): Promise<Result> {
  const gateway = await gatewayOf(agent);
  const conversation = startConversation({ principal: OWNER, taskId, isConfidential });
  return inConversation(conversation, () => work(gateway));
}

beforeAll(async () => {
  const settings = (path: string): Record<string, string> => ({
    GGUF_MODEL_PATH: path,
    GGUF_CONTEXT_TOKENS: String(CONTEXT_TOKENS),
    MODEL_TIMEOUT_MS: String(ANSWER_MS),
  });
  agents = await startAgents({
    Torn: { settings: settings(file('My model.Q4.gguf', 'GGUF and then nothing of use')) },
    Lost: { settings: settings(join(directory, 'gone.gguf')) },
    Mistaken: { settings: settings(file('page.gguf', '<html>')) },
    ...(MODEL_FILE ? { Live: { settings: settings(MODEL_FILE) } } : {}),
  });
}, START_MS);

afterAll(async () => {
  await agents.stop();
  rmSync(directory, { recursive: true });
}, START_MS);

describe('a model file', () => {
  test('is a model of this machine, called after the file', async () => {
    const gateway = await gatewayOf(agents.agent('Torn'));
    const { models, slots } = gateway.models();
    expect(models).toEqual([
      {
        id: 'gguf:My-model.Q4',
        isLocal: true,
        hasKnownPrice: true,
        contextTokens: CONTEXT_TOKENS,
      },
    ]);
    expect(slots.private).toEqual(['gguf:My-model.Q4']);
    expect(gateway.hasLanguageModel({ isConfidential: true })).toBe(true);
  });

  test(
    'that is damaged, or has no package to run it, is passed over with what to do',
    async () => {
      const answer = asked(agents.agent('Torn'), (gateway) =>
        gateway.answerText(ModelType.TEXT_LARGE, { prompt: 'What is the capital of France?' }),
      );
      await expect(answer).rejects.toThrow(
        /gguf:My-model\.Q4 cannot be (loaded from .*: the file is damaged|run without the package node-llama-cpp: install it with "npm install --no-save node-llama-cpp@[\d.]+")/,
      );
    },
    START_MS,
  );

  test.each([
    ['Lost', /GGUF_MODEL_PATH.*gone\.gguf cannot be read \(ENOENT\)/],
    ['Mistaken', /GGUF_MODEL_PATH.*page\.gguf is not a GGUF file/],
  ])('that is not there, or something else, is named when %s is asked', async (name, problem) => {
    const answer = asked(agents.agent(name), (gateway) =>
      gateway.answerText(ModelType.TEXT_LARGE, { prompt: 'Hello?' }),
    );
    await expect(answer).rejects.toThrow(problem);
  });
});

// LIVE_LOCAL_MODEL names a GGUF file with a model that can talk.
const live = MODEL_FILE ? describe : describe.skip;

live('a real model in a file', () => {
  const prompt = 'What is the capital of France?';
  const live = (): IAgentRuntime => agents.agent('Live');

  test(
    'answers for nothing, and the ledger says so',
    async () => {
      const taskId = randomUUID();
      const text = await asked(
        live(),
        (gateway) =>
          gateway.answerText(ModelType.TEXT_LARGE, {
            prompt,
            system: '',
            temperature: 0,
            maxTokens: 60,
          }),
        { taskId },
      );
      expect(text).toMatch(/Paris/);
      const treasury = await treasuryOf(live());
      expect(await treasury.taskCost(taskId)).toBe(0n);
      const rows = (await treasury.ledger()).filter(({ task }) => task === taskId);
      expect(rows).toMatchObject([{ provider: 'gguf', status: 'ok', costPico: 0n }]);
      expect(rows[0]?.model).toBe(basename(MODEL_FILE ?? '', '.gguf'));
      expect(rows[0]?.tokensIn).toBeGreaterThan(5);
      expect(rows[0]?.tokensOut).toBeGreaterThan(1);
    },
    ANSWER_MS,
  );

  test(
    'answers what is confidential, piece by piece, never longer than asked for',
    async () => {
      const long = { prompt: 'Tell me a long story about the sea.', maxTokens: 24, stream: true };
      const pieces = await asked(
        live(),
        async (gateway) => {
          const result = await gateway.answerText(ModelType.TEXT_LARGE, long);
          const { textStream, usage } = result as TextStreamResult;
          const texts = await Array.fromAsync(textStream);
          expect((await usage)?.completionTokens).toBeLessThanOrEqual(24);
          return texts;
        },
        { isConfidential: true },
      );
      expect(pieces.length).toBeGreaterThan(3);
    },
    ANSWER_MS,
  );

  test(
    'stops when the reader leaves, and answers the next one',
    async () => {
      const long = { prompt: 'Count from one to one thousand.', maxTokens: 800, stream: true };
      const read = await asked(live(), async (gateway) => {
        const result = await gateway.answerText(ModelType.TEXT_LARGE, long);
        for await (const text of (result as TextStreamResult).textStream) return text;
        return '';
      });
      expect(read).not.toBe('');
      const next = await asked(live(), (gateway) =>
        gateway.answerText(ModelType.TEXT_LARGE, {
          prompt,
          system: '',
          temperature: 0,
          maxTokens: 60,
        }),
      );
      expect(next).toMatch(/Paris/);
    },
    ANSWER_MS,
  );

  test(
    'writes the JSON that is asked for',
    async () => {
      const schema = {
        type: 'object',
        properties: { capital: { enum: ['Berlin', 'Paris'] }, isLarge: { type: 'boolean' } },
      };
      const { text, finishReason } = await asked(live(), (gateway) =>
        gateway.generate({ prompt, json: { schema }, maxTokens: 100 }),
      );
      expect(finishReason).toBe('stop');
      expect(JSON.parse(text)).toEqual({
        capital: expect.stringMatching(/^(Berlin|Paris)$/),
        isLarge: expect.any(Boolean),
      });
    },
    ANSWER_MS,
  );

  test('refuses a prompt that does not fit, instead of dropping its beginning', async () => {
    const answer = asked(live(), (gateway) =>
      gateway.answerText(ModelType.TEXT_LARGE, { prompt: 'All work and no play. '.repeat(500) }),
    );
    await expect(answer).rejects.toThrow(/reads 1,024 tokens/);
  });
});
