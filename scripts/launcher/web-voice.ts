import type { IAgentRuntime } from '@elizaos/core';
import { BaseError } from '@371os/kernel';

const TIMEOUT_MS = 10_000;
const WEB_SOURCES = ['client_chat', 'socketio_client', 'eliza_gui'];

class WebMessageRefusedError extends BaseError {
  constructor({ status }: { status: number }) {
    super(`ElizaOS's server did not take a message for the web client (HTTP ${String(status)}).`);
  }
}

/** Lets an agent say something in the web client without being asked, through the server's own bus. */
export function speakOnTheWeb(
  agent: IAgentRuntime,
  { url, ownerToken }: { url: string; ownerToken: string },
): void {
  for (const source of WEB_SOURCES)
    agent.registerSendHandler(source, async (_runtime, target, content) => {
      const response = await fetch(`${url}/api/messaging/submit`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-API-KEY': ownerToken },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        body: JSON.stringify({
          channel_id: target.channelId,
          message_server_id: '00000000-0000-0000-0000-000000000000',
          author_id: agent.agentId,
          content: content.text,
          source_type: 'agent_response',
          raw_message: { text: content.text },
          metadata: { agentName: agent.character.name },
        }),
      });
      if (!response.ok) throw new WebMessageRefusedError({ status: response.status });
    });
}
