import { A2A_CONTENT_TYPE, StreamResponse } from '@a2a-js/sdk';
import { hasEnded, type Task } from '@371os/plugin-tasks';
import { GuardedFetch } from '@371os/plugin-registry';
import { BaseError } from '@371os/kernel';
import type { PushConfig } from '../../ports/push-configs.ts';
import { eventsOf, snapshotOf } from './task-events.ts';

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 65_536;

/** A webhook did not take a notification. */
export class WebhookRefusesError extends BaseError {
  constructor({ url, status }: { url: string; status: number }) {
    super(`The webhook ${new URL(url).origin} answers with ${String(status)}.`, {
      isRetryable: true,
    });
  }
}

/** Posts notifications to addresses that strangers name, which are public ones unless that is allowed. */
export function postNotifications(isLoopbackAllowed: boolean) {
  return async (config: PushConfig, task: Task): Promise<void> => {
    const guard = new GuardedFetch({
      ...{ isLoopbackAllowed, mostBytes: MOST_BYTES, signal: AbortSignal.timeout(TIMEOUT_MS) },
      headers: headersFor(config),
    });
    const event = hasEnded(task.state) ? snapshotOf(task) : eventsOf(task)[0];
    if (!event) return;
    const { url } = config;
    const body = JSON.stringify(StreamResponse.toJSON(event));
    const answer = await guard.fetch(url, { method: 'POST', body });
    await answer.body?.cancel();
    if (!answer.ok) throw new WebhookRefusesError({ url, status: answer.status });
  };
}

function headersFor({ token, authentication }: PushConfig): Record<string, string> {
  return {
    'content-type': A2A_CONTENT_TYPE,
    ...(token === '' ? {} : { 'x-a2a-notification-token': token }),
    ...(authentication
      ? { authorization: `${authentication.scheme} ${authentication.credentials}` }
      : {}),
  };
}
