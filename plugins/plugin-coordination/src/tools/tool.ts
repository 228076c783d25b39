import {
  requireScopes,
  type ServerContext,
  type ToolAnnotations,
} from '@modelcontextprotocol/server';
import { explainError, inConversation, startConversation, withinTime } from '@371os/kernel';
import type { z } from 'zod';
import { accessIn } from '../adapters/mcp/endpoint.ts';
import { requireScope, type Access, type Scope } from '../domain/access/access.ts';
import { CallTooLongError } from '../errors/mcp.ts';
import type { Counter } from './offers.ts';

/** How tools are run, whichever they are. */
export interface ToolRules {
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
}

export interface ToolInit<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly scope: Scope;
  readonly input: Input;
  readonly output: Output;
  readonly annotations: ToolAnnotations;
  /** What it does. What it throws is said in a sentence. */
  run(call: ToolCall<z.output<Input>>): Promise<z.input<Output>>;
  /** What is shown as text; the whole result by default. */
  readonly text?: (result: z.input<Output>) => unknown;
}

export interface ToolCall<Input> {
  readonly access: Access;
  readonly input: Input;
  readonly signal: AbortSignal;
  /** What came with the message beside its words. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  /** Tells whoever waits how far it is. */
  readonly onProgress: (message: string) => void;
}

/** Offers a tool: within its scope and its time, with errors in words. */
export function offerTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  server: Counter,
  rules: ToolRules,
  init: ToolInit<Input, Output>,
): void {
  const { name, title, description, scope, input, output, annotations } = init;
  const config = {
    ...{ title, description, annotations },
    inputSchema: remembered(input),
    outputSchema: remembered(output),
  };
  server.registerTool(
    name,
    { ...config, scopeChallenge: requireScopes(scope) },
    // The schema that the SDK has checked it with is the tool's own.
    (async (args: z.output<Input>, context: ServerContext) => {
      try {
        return presented(init, await run(init, rules, args, context));
      } catch (error) {
        rules.onError(error);
        return { content: [{ type: 'text', text: explainError(error) }], isError: true };
      }
    }) as never,
  );
}

// A server would write it out anew for each request.
function remembered<Schema extends z.ZodObject>(schema: Schema): Schema {
  const standard = schema['~standard'];
  const written = new Map<string, Record<string, unknown>>();
  const write =
    (way: 'input' | 'output') =>
    (options: { readonly target: string }): Record<string, unknown> => {
      const key = `${way} ${options.target}`;
      const known = written.get(key) ?? standard.jsonSchema[way](options);
      written.set(key, known);
      return known;
    };
  const jsonSchema = { input: write('input'), output: write('output') };
  return { '~standard': { ...standard, jsonSchema } } as unknown as Schema;
}

async function run<Input extends z.ZodObject, Output extends z.ZodObject>(
  init: ToolInit<Input, Output>,
  { timeoutMs }: ToolRules,
  input: z.output<Input>,
  context: ServerContext,
): Promise<z.input<Output>> {
  const access = accessIn(context.http?.authInfo);
  requireScope(access, init.scope);
  const { principal } = access;
  const over = new AbortController();
  const signal = AbortSignal.any([context.mcpReq.signal, over.signal]);
  const { _meta: meta } = context.mcpReq;
  const call = { access, input, signal, meta, onProgress: progressOf(context) };
  const conversation = startConversation({ principal, signal });
  const late = (): Error => new CallTooLongError({ tool: init.name, timeoutMs });
  try {
    return await withinTime(
      inConversation(conversation, () => init.run(call)),
      timeoutMs,
      late,
    );
  } finally {
    over.abort();
  }
}

function progressOf({ mcpReq }: ServerContext): (message: string) => void {
  const progressToken = mcpReq._meta?.progressToken;
  let progress = 0;
  return (message) => {
    if (progressToken === undefined) return;
    progress += 1;
    mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, progress, message } })
      // Whoever waited has gone.
      .catch(() => undefined);
  };
}

function presented<Input extends z.ZodObject, Output extends z.ZodObject>(
  { text }: ToolInit<Input, Output>,
  result: z.input<Output>,
): object {
  const shown = text ? text(result) : result;
  return {
    content: [
      { type: 'text', text: typeof shown === 'string' ? shown : JSON.stringify(shown, null, 2) },
    ],
    structuredContent: result,
  };
}
