import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  inConversation,
  OWNER,
  parseUsd,
  readSettings,
  startConversation,
  type Conversation,
} from '@371os/kernel';
import { gatewaySettings, type AnswerPiece, type ModelAnswer } from '@371os/plugin-gateway';
import { AnthropicClient } from '../../plugins/plugin-gateway/src/adapters/anthropic-client.ts';
import { loadCatalogue } from '../../plugins/plugin-gateway/src/adapters/catalogue-file.ts';
import { ClientByApi } from '../../plugins/plugin-gateway/src/adapters/client-by-api.ts';
import { GenaiPriceBook } from '../../plugins/plugin-gateway/src/adapters/genai-price-book.ts';
import { GptTokenCounter } from '../../plugins/plugin-gateway/src/adapters/gpt-token-counter.ts';
import { HttpLocalDiscovery } from '../../plugins/plugin-gateway/src/adapters/local-discovery.ts';
import { OpenaiCompatibleClient } from '../../plugins/plugin-gateway/src/adapters/openai-compatible-client.ts';
import type { ModelUse } from '../../plugins/plugin-gateway/src/ports.ts';
import { Circuits } from '../../plugins/plugin-gateway/src/services/circuits.ts';
import { Estimates } from '../../plugins/plugin-gateway/src/services/estimates.ts';
import { LocalModels } from '../../plugins/plugin-gateway/src/services/local-models.ts';
import type { DeskCall } from '../../plugins/plugin-gateway/src/services/call-plan.ts';
import { ModelDesk } from '../../plugins/plugin-gateway/src/services/model-desk.ts';
import { ModelRegistry } from '../../plugins/plugin-gateway/src/services/model-registry.ts';
import { TreasuryInMemory } from './treasury-in-memory.ts';

export const KEY = 'sk-very-secret-4711';

const counter = new GptTokenCounter();
let nextId = 1;
let nextFile = 1;

export interface Desk {
  readonly desk: ModelDesk;
  readonly registry: ModelRegistry;
  readonly local: LocalModels;
  readonly treasury: TreasuryInMemory;
  readonly conversation: Conversation;
  readonly logged: unknown[];
  readonly announced: ModelUse[];
  /** Moves the clock on. */
  advance(ms: number): void;
  /** The answer's text. */
  generate(call?: Partial<DeskCall>): Promise<string>;
  answer(call?: Partial<DeskCall>): Promise<ModelAnswer>;
  pieces(call?: Partial<DeskCall>): Promise<AnswerPiece[]>;
  /** A stream to be read by the test itself. */
  open(call?: Partial<DeskCall>): AsyncGenerator<AnswerPiece, ModelAnswer>;
  /** The texts that a stream gives. */
  stream(call?: Partial<DeskCall>): Promise<string[]>;
  /** The model calls on record. */
  calls(): Record<string, unknown>[];
}

interface DeskInit {
  readonly settings?: Readonly<Record<string, string | undefined>>;
  readonly catalogue?: object;
  readonly capUsd?: string;
  readonly unpaidBecause?: string;
  readonly onlyHereBecause?: string;
  readonly circuits?: Circuits;
  readonly estimates?: Estimates;
}

/** A desk with the real client, catalogue, prices and discovery, on a treasury in memory. */
export async function openDesk(init: DeskInit = {}): Promise<Desk> {
  const source = (key: string): unknown =>
    ({ LOCAL_MODEL_DISCOVERY: 'false', MODEL_TIMEOUT_MS: '5000', ...init.settings })[key];
  const settings = readSettings(gatewaySettings, source);
  const local = new LocalModels(
    new HttpLocalDiscovery({
      ollamaUrl: settings.OLLAMA_API_ENDPOINT,
      localaiUrl: settings.LOCALAI_BASE_URL,
    }),
  );
  const registry = new ModelRegistry({
    catalogue: loadCatalogue(init.catalogue && catalogueFile(init.catalogue)),
    settings,
    source,
    prices: new GenaiPriceBook(Date.now),
    local: settings.LOCAL_MODEL_DISCOVERY ? local : undefined,
    now: Date.now,
  });
  await local.refresh();
  const treasury = new TreasuryInMemory(parseUsd(init.capUsd ?? '1'));
  const logged: unknown[] = [];
  const announced: ModelUse[] = [];
  let nowMs = 0;
  const desk = new ModelDesk({
    agent: 'Maya',
    settings,
    registry,
    client: new ClientByApi({
      openai: new OpenaiCompatibleClient(),
      anthropic: new AnthropicClient(),
    }),
    circuits: init.circuits ?? new Circuits(),
    estimates: init.estimates ?? new Estimates(),
    ratios: undefined,
    announce: (use) => announced.push(use),
    counter,
    treasury: () => Promise.resolve(treasury),
    now: () => nowMs,
    ids: () => `call-${String(nextId++)}`,
    unpaidBecause: () => init.unpaidBecause,
    onlyHereBecause: () => init.onlyHereBecause,
    log: (problem, error) => logged.push(problem, error),
  });
  const conversation = startConversation({ principal: OWNER, taskId: 'task-1' });
  const callOf = (call: Partial<DeskCall>): DeskCall =>
    ({
      modelType: 'TEXT_LARGE',
      ...(call.messages ? {} : { prompt: 'How is the weather?' }),
      isConfidential: false,
      scopes: { agent: 'Maya', user: 'owner', task: 'task-1' },
      ...call,
    }) as DeskCall;
  const answer: Desk['answer'] = (call = {}) =>
    inConversation(conversation, () => desk.generate(callOf(call)));
  const pieces: Desk['pieces'] = (call = {}) =>
    inConversation(conversation, () => Array.fromAsync(desk.stream(callOf(call))));
  return {
    desk,
    registry,
    local,
    treasury,
    conversation,
    logged,
    announced,
    advance: (ms) => (nowMs += ms),
    answer,
    generate: async (call) => (await answer(call)).text,
    pieces,
    open: (call = {}) => desk.stream(callOf(call)),
    stream: async (call) =>
      (await pieces(call)).map((piece) => (piece.type === 'text' ? piece.text : '')),
    calls: () => conversation.trace.filter(({ kind }) => kind === 'model-call'),
  };
}

function catalogueFile(content: object): string {
  const file = join(tmpdir(), `371os-desk-${String(process.pid)}-${String(nextFile++)}.json`);
  writeFileSync(file, JSON.stringify(content));
  return file;
}
