import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cutOffOrigins, Fallbacks, wayTo } from '@371os/kernel';

const A = 'http://a.example';
const B = 'http://b.example';
const C = 'http://c.example';

class Outage extends RangeError {}

function open(): {
  nodes: Fallbacks;
  clock: { ms: number };
  down: Set<string>;
  asked: string[];
  ask: () => Promise<string>;
} {
  const clock = { ms: 0 };
  const down = new Set<string>();
  const asked: string[] = [];
  const nodes = new Fallbacks({ addresses: [A, B, C], elapsedMs: () => clock.ms, restMs: 1_000 });
  const question = async (address: string): Promise<string> => {
    asked.push(address);
    if (down.has(address)) throw new Outage(address);
    return `by ${address}`;
  };
  const ask = () => nodes.ask(question, (error) => error instanceof Outage);
  return { nodes, clock, down, asked, ask };
}

describe('addresses that can stand in for each other', () => {
  it('are asked in their order, and one that fails comes last for a while', async () => {
    const { nodes, clock, down, asked, ask } = open();
    expect(await ask()).toBe(`by ${A}`);
    down.add(A);
    expect(await ask()).toBe(`by ${B}`);
    expect(nodes.answeredBy).toBe(B);
    expect(nodes.isResting(A)).toBe(true);
    expect(await ask()).toBe(`by ${B}`);
    expect(asked).toEqual([A, A, B, B]);
    clock.ms = 1_000;
    down.delete(A);
    expect(nodes.isResting(A)).toBe(false);
    expect(await ask()).toBe(`by ${A}`);
  });

  it('are none left out when all have failed', async () => {
    const { down, asked, ask } = open();
    for (const address of [A, B, C]) down.add(address);
    await expect(ask()).rejects.toThrow(C);
    down.delete(B);
    expect(await ask()).toBe(`by ${B}`);
    expect(asked).toEqual([A, B, C, A, B]);
  });

  it('give an answer that is a refusal as it is, and are asked once where once is wanted', async () => {
    const { nodes, ask, asked, down } = open();
    const refusal = nodes.ask(
      () => Promise.reject(new RangeError('no')),
      (error) => error instanceof Outage,
    );
    await expect(refusal).rejects.toThrow('no');
    expect(nodes.isResting(A)).toBe(false);
    down.add(A);
    const sentOnce = nodes.askOnce(
      async (address) => {
        asked.push(address);
        throw new Outage(address);
      },
      (error) => error instanceof Outage,
    );
    await expect(sentOnce).rejects.toThrow(A);
    expect(asked).toEqual([A]);
    expect(await ask()).toBe(`by ${B}`);
  });
});

describe('an address that a drill cuts off', () => {
  let server: Server;
  let url: string;
  let requests = 0;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      requests += 1;
      response.end('here');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/rpc?x=1`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const ask = async (): Promise<string> => {
    const signal = AbortSignal.timeout(300);
    return (await fetch(await wayTo(url), { signal })).text();
  };

  it.each([
    ['silent', /timeout/i],
    ['gone', /fetch failed/],
  ] as const)('is %s, hears nothing, and is there again afterwards', async (kind, problem) => {
    const before = requests;
    const target = new URL(url).origin;
    cutOffOrigins().set([{ target, kind, forMs: 60_000 }]);
    expect(await wayTo('http://127.0.0.1:1/')).toBe('http://127.0.0.1:1/');
    await expect(ask()).rejects.toThrow(problem);
    expect(requests).toBe(before);

    const nodes = new Fallbacks({ addresses: [url, B] });
    const isOutage = (): boolean => true;
    await nodes.ask((address) => (address === url ? ask() : Promise.resolve('other')), isOutage);
    expect(nodes.isResting(url)).toBe(true);
    cutOffOrigins().set([]);
    // It has only looked as if it had failed.
    expect(nodes.isResting(url)).toBe(false);
    expect(await ask()).toBe('here');
    expect(await wayTo(url)).toBe(url);
  });
});
