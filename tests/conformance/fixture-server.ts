/* eslint-disable @typescript-eslint/no-deprecated -- the suite asks for what MCP of 2025 has, too */
// The diagnostic tools, resources and prompts that the conformance suite asks a server for.
import { createHash } from 'node:crypto';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  completable,
  createRequestStateCodec,
  inputRequired,
  inputResponse,
  McpServer,
  ResourceTemplate,
  type CallToolResult,
  type ServerContext,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAESsAABErAAABAAgAZGF0YQAAAAA=';
const STEP_MS = 50;

const text = (words: string) => ({ type: 'text' as const, text: words });
const image = { type: 'image' as const, data: PNG, mimeType: 'image/png' };
const says = (words: string): CallToolResult => ({ content: [text(words)] });
const step = () => new Promise((done) => setTimeout(done, STEP_MS));

interface State {
  readonly step: string;
}
const codec = createRequestStateCodec<State>({
  key: createHash('sha256').update('conformance fixture').digest(),
});

const form = (message: string, properties: Record<string, object>) => ({
  method: 'elicitation/create' as const,
  params: {
    message,
    requestedSchema: { type: 'object' as const, properties, required: Object.keys(properties) },
  },
});
const nameForm = (message: string) => form(message, { name: { type: 'string' } });
const okForm = form('Please confirm', { ok: { type: 'boolean' } });
const sampling = (words: string) => ({
  method: 'sampling/createMessage' as const,
  params: { messages: [{ role: 'user' as const, content: text(words) }], maxTokens: 100 },
});
const roots = { method: 'roots/list' as const, params: {} };

export function makeFixture(notify: () => ServerNotifier): McpServer {
  const server = new McpServer(
    { name: 'conformance-fixture', version: '1.0.0' },
    {
      capabilities: {
        logging: {},
        completions: {},
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
      },
      requestState: { verify: (state, context) => codec.verify(state, context) },
    },
  );
  offerContent(server);
  offerProgress(server);
  offerQuestions(server);
  offerInput(server);
  offerDiagnostics(server, notify);
  offerResources(server);
  offerPrompts(server);
  return server;
}

type Run = (context: ServerContext, args: Record<string, string>) => unknown;

function offer(server: McpServer, name: string, run: Run, input: z.ZodRawShape = {}): void {
  const config = { description: `Diagnostic ${name}`, inputSchema: z.object(input) };
  server.registerTool(name, config, (async (args: Record<string, string>, context: ServerContext) =>
    run(context, args)) as never);
}

function offerContent(server: McpServer): void {
  const resource = (uri: string, mimeType: string, words: string) => ({
    type: 'resource' as const,
    resource: { uri, mimeType, text: words },
  });
  offer(server, 'test_simple_text', () => says('This is a simple text response for testing.'));
  offer(server, 'test_image_content', () => ({ content: [image] }));
  offer(server, 'test_audio_content', () => ({
    content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }],
  }));
  offer(server, 'test_embedded_resource', () => ({
    content: [
      resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'),
    ],
  }));
  offer(server, 'test_multiple_content_types', () => ({
    content: [
      text('Multiple content types test:'),
      image,
      resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  }));
  offer(server, 'test_error_handling', () => {
    throw new RangeError('This tool intentionally returns an error for testing');
  });
}

function offerProgress(server: McpServer): void {
  offer(server, 'test_tool_with_logging', async ({ mcpReq }) => {
    for (const words of ['Tool execution started', 'Tool processing data']) {
      await mcpReq.log('info', words);
      await step();
    }
    await mcpReq.log('info', 'Tool execution completed');
    return says('done');
  });
  offer(server, 'test_tool_with_progress', async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      const params = { progressToken: progressToken ?? 0, progress, total: 100 };
      if (progressToken !== undefined)
        await mcpReq.notify({ method: 'notifications/progress', params });
      await step();
    }
    return says('done');
  });
}

// Asked in the way of 2025, in the middle of a call.
function offerQuestions(server: McpServer): void {
  const words = z.string();
  offer(
    server,
    'test_sampling',
    async ({ mcpReq }, { prompt = '' }) => {
      const { content } = await mcpReq.requestSampling(sampling(prompt).params);
      return says(`LLM response: ${JSON.stringify(content)}`);
    },
    { prompt: words },
  );
  offer(
    server,
    'test_elicitation',
    async ({ mcpReq }, { message = '' }) => {
      const asked = form(message, {
        username: { type: 'string', description: "User's response" },
        email: { type: 'string', description: "User's email address" },
      });
      const answer = await mcpReq.elicitInput(asked.params as never);
      return says(`User response: ${JSON.stringify(answer)}`);
    },
    { message: words },
  );
  const elicits = (name: string, properties: Record<string, object>): void => {
    offer(server, name, async ({ mcpReq }) => {
      const requestedSchema = { type: 'object', properties, required: [] };
      const asked = { message: 'Please fill this in', requestedSchema };
      const { action, content } = await mcpReq.elicitInput(asked as never);
      const given = JSON.stringify(content);
      return says(`Elicitation completed: action=${action}, content=${given}`);
    });
  };
  elicits('test_elicitation_sep1034_defaults', {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  });
  const titled = [1, 2, 3].map((n) => ({ const: `value${n}`, title: `Option ${n}` }));
  const options = ['option1', 'option2', 'option3'];
  elicits('test_elicitation_sep1330_enums', {
    untitledSingle: { type: 'string', enum: options },
    titledSingle: { type: 'string', oneOf: titled },
    legacyEnum: {
      ...{ type: 'string', enum: ['opt1', 'opt2', 'opt3'] },
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
    titledMulti: { type: 'array', items: { anyOf: titled } },
  });
}

const needs = (inputRequests: object, requestState?: string): unknown =>
  inputRequired({ inputRequests, ...(requestState ? { requestState } : {}) } as never);

// Asked in the way of 2026: the call is answered with what is missing, and made again.
function offerInput(server: McpServer): void {
  const named = z.object({ name: z.string() });
  offer(server, 'test_input_required_result_elicitation', ({ mcpReq }) => {
    const given = acceptedContent(mcpReq.inputResponses, 'user_name', named);
    return given
      ? says(`Hello, ${given.name}!`)
      : needs({ user_name: nameForm('What is your name?') });
  });
  offer(server, 'test_input_required_result_sampling', ({ mcpReq }) => {
    const given = inputResponse(mcpReq.inputResponses, 'capital_question');
    return given.kind === 'sampling'
      ? says(JSON.stringify(given.result.content))
      : needs({ capital_question: sampling('What is the capital of France?') });
  });
  offer(server, 'test_input_required_result_list_roots', ({ mcpReq }) => {
    const given = inputResponse(mcpReq.inputResponses, 'client_roots');
    return given.kind === 'roots'
      ? says(JSON.stringify(given.roots))
      : needs({ client_roots: roots });
  });
  for (const name of ['request_state', 'tampered_state'])
    offer(server, `test_input_required_result_${name}`, async (context) => {
      const state = context.mcpReq.requestState<State>();
      const given = acceptedContent(context.mcpReq.inputResponses, 'confirm');
      if (given && state?.step === 'confirm') return says('state-ok');
      return needs({ confirm: okForm }, await codec.mint({ step: 'confirm' }, context));
    });
  offer(server, 'test_input_required_result_multiple_inputs', async (context) => {
    const { inputResponses } = context.mcpReq;
    const kinds = ['user_name', 'greeting', 'client_roots'].map(
      (key) => inputResponse(inputResponses, key).kind,
    );
    if (!kinds.includes('missing')) return says('all given');
    const asked = {
      user_name: nameForm('What is your name?'),
      greeting: sampling('Generate a greeting'),
      client_roots: roots,
    };
    return needs(asked, await codec.mint({ step: 'all' }, context));
  });
  offer(server, 'test_input_required_result_multi_round', async (context) => {
    const { inputResponses, requestState } = context.mcpReq;
    const state = requestState<State>()?.step;
    if (state === 'two' && acceptedContent(inputResponses, 'step2')) return says('done');
    if (state === 'one' && acceptedContent(inputResponses, 'step1')) {
      const step2 = form('Step 2: What is your favorite color?', { color: { type: 'string' } });
      return needs({ step2 }, await codec.mint({ step: 'two' }, context));
    }
    const step1 = nameForm('Step 1: What is your name?');
    return needs({ step1 }, await codec.mint({ step: 'one' }, context));
  });
  offer(server, 'test_input_required_result_capabilities', ({ mcpReq }) => {
    const envelope: Readonly<Record<string, unknown>> = { ...mcpReq.envelope };
    const declared = envelope[CLIENT_CAPABILITIES_META_KEY] as object;
    return needs({
      ...('sampling' in declared ? { question: sampling('Anything?') } : {}),
      ...('elicitation' in declared ? { user_name: nameForm('Who?') } : {}),
    });
  });
}

function offerDiagnostics(server: McpServer, notify: () => ServerNotifier): void {
  // What a client has not declared it is not asked for: the SDK says so.
  offer(server, 'test_missing_capability', () => needs({ question: sampling('Anything?') }));
  offer(server, 'test_streaming_elicitation', async ({ mcpReq }) => {
    const given = acceptedContent(mcpReq.inputResponses, 'user_name');
    return given ? says('done') : needs({ user_name: nameForm('Who?') });
  });
  offer(server, 'test_logging_tool', async ({ mcpReq }) => {
    await mcpReq.log('info', 'this is only for those who asked for it');
    return says('done');
  });
  offer(server, 'test_trigger_tool_change', () => {
    notify().toolsChanged();
    return says('done');
  });
  offer(server, 'test_trigger_prompt_change', () => {
    notify().promptsChanged();
    return says('done');
  });
}

function offerResources(server: McpServer): void {
  const offerText = (name: string, words: string): void => {
    const uri = `test://${name}`;
    const config = { description: `Diagnostic ${name}`, mimeType: 'text/plain' };
    server.registerResource(name, uri, config, () => ({
      contents: [{ uri, mimeType: 'text/plain', text: words }],
    }));
  };
  offerText('static-text', 'This is the content of the static text resource.');
  offerText('watched-resource', 'This is watched.');
  const uri = 'test://static-binary';
  const config = { description: 'A picture', mimeType: 'image/png' };
  server.registerResource('static-binary', uri, config, () => ({
    contents: [{ uri, mimeType: 'image/png', blob: PNG }],
  }));
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'Made of an id', mimeType: 'application/json' },
    (asked, { id }) => {
      const made = { id, templateTest: true, data: `Data for ID: ${String(id)}` };
      const mimeType = 'application/json';
      return { contents: [{ uri: asked.href, mimeType, text: JSON.stringify(made) }] };
    },
  );
}

function offerPrompts(server: McpServer): void {
  const user = <Content>(content: Content) => ({ role: 'user' as const, content });
  const describe = (name: string) => ({ description: `Diagnostic ${name}` });
  server.registerPrompt('test_simple_prompt', describe('prompt'), () => ({
    messages: [user(text('This is a simple prompt for testing.'))],
  }));
  const argument = completable(z.string(), (value) => [`${value}-one`, `${value}-two`]);
  server.registerPrompt(
    'test_prompt_with_arguments',
    { ...describe('prompt'), argsSchema: z.object({ arg1: argument, arg2: z.string() }) },
    ({ arg1, arg2 }) => ({
      messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
    }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { ...describe('prompt'), argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => ({
      messages: [
        user({
          type: 'resource' as const,
          resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        }),
        user(text('Please process the embedded resource above.')),
      ],
    }),
  );
  server.registerPrompt('test_prompt_with_image', describe('prompt'), () => ({
    messages: [user(image), user(text('Please analyze the image above.'))],
  }));
  server.registerPrompt('test_input_required_result_prompt', describe('prompt'), (({
    mcpReq,
  }: ServerContext) => {
    const given = acceptedContent(mcpReq.inputResponses, 'user_context');
    if (given) return { messages: [user(text(JSON.stringify(given)))] };
    const asked = 'What context should the prompt use?';
    return needs({ user_context: form(asked, { context: { type: 'string' } }) });
  }) as never);
}
