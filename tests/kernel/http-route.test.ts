import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { RouteRequest, RouteResponse } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { expect, test } from '@jest/globals';
import { z } from 'zod';

const TOKEN = 'a-token-of-the-owner';
const SILENT_MS = 100;

test('an answer that takes longer than the server bears silence arrives all the same', async () => {
  const route = authenticatedRoute({
    ...{ type: 'GET', path: '/slow', minimumRole: 'owner', body: z.object({}) },
    run: async () => {
      await pause(4 * SILENT_MS);
      return { text: 'done' };
    },
  });
  const runtime = { getSetting: () => TOKEN, character: {}, logger: console };
  const server = createServer((request, response) => {
    const express = withExpressWays(response);
    void route.handler?.(request as unknown as RouteRequest, express, runtime as never);
  });
  server.timeout = SILENT_MS;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const response = await fetch(`http://127.0.0.1:${String(port)}/slow`, {
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    expect(await response.json()).toEqual({ text: 'done' });
  } finally {
    server.close();
  }
});

// What Express adds to Node's response.
function withExpressWays(response: ServerResponse): RouteResponse {
  return Object.assign(response, {
    status: (code: number) => Object.assign(response, { statusCode: code }),
    json: (data: unknown) => response.end(JSON.stringify(data)),
  }) as unknown as RouteResponse;
}
