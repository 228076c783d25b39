import type { McpServer } from '@modelcontextprotocol/server';

/** What tools, resources and prompts are offered on. */
export type Counter = Pick<McpServer, 'registerTool' | 'registerResource' | 'registerPrompt'>;

const OFFERS = ['registerTool', 'registerResource', 'registerPrompt'] as const;

/**
 * What is offered, made once. A server of MCP lives for one request, and making all schemas anew for
 * each took longer than the request.
 */
export class Offers {
  readonly #made: ((server: McpServer) => void)[] = [];

  /** Takes in what somebody offers. */
  constructor(offer: (counter: Counter) => void) {
    const note = (name: keyof Counter) => [
      name,
      (...args: never[]) => {
        this.#made.push((server) => {
          (server[name] as (...given: never[]) => unknown)(...args);
        });
      },
    ];
    offer(Object.fromEntries(OFFERS.map(note)) as Counter);
  }

  /** Offers it on a server. */
  on(server: McpServer): void {
    for (const offer of this.#made) offer(server);
  }
}
