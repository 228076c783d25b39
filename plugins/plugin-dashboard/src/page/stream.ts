import type { PanelEvent } from '../domain/panels.ts';
import { ask, SignedOutError } from './session.ts';

interface StreamInit {
  readonly onPanel: (event: PanelEvent) => void;
  readonly onState: (state: 'live' | 'connecting' | 'paused') => void;
  readonly onSignedOut: () => void;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/**
 * Keeps a stream of panels open while this page is seen: a browser has few connections to a server,
 * which hidden tabs should not hold. (EventSource could not send the token but in the address.)
 * @returns what ends it for good
 */
export function openStream(init: StreamInit): () => void {
  let current: AbortController | undefined;
  const follow = (): void => {
    current?.abort();
    current = undefined;
    if (document.hidden) {
      init.onState('paused');
      return;
    }
    current = new AbortController();
    void keepReading(init, current.signal);
  };
  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    current?.abort();
  };
}

async function keepReading(init: StreamInit, signal: AbortSignal): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    init.onState('connecting');
    try {
      await readOnce(init, signal, () => (waitMs = FIRST_WAIT_MS));
    } catch (error) {
      if (error instanceof SignedOutError) {
        init.onSignedOut();
        return;
      }
    }
    await pause(waitMs, signal);
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  }
}

async function readOnce(init: StreamInit, signal: AbortSignal, onBegun: () => void): Promise<void> {
  const response = await ask('events', { signal });
  if (!response.body) return;
  init.onState('live');
  onBegun();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) hand(event, init);
  }
}

// Our server writes each event as one line of data; what begins with a colon keeps the line open.
function hand(event: string, { onPanel }: StreamInit): void {
  const data = /^data: (.*)$/m.exec(event)?.[1];
  if (data !== undefined) onPanel(JSON.parse(data) as PanelEvent);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
