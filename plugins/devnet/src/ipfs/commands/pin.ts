import type { CID } from 'multiformats/cid';
import { z } from 'zod';
import { flag, type Call, type Command, type NodeParts } from '../call.ts';
import { keyOf } from '../blocks.ts';
import { KuboError } from '../kubo-error.ts';
import { resolvePath } from '../paths.ts';
import type { Repository } from '../repository.ts';

export const pinAdd: Command = {
  run: async (call, { repository }) => {
    const { recursive, name } = call.options(
      z.object({ recursive: flag.default(true), name: z.string().optional() }),
    );
    const cids = await pathsOf(call, repository);
    const endTurn = await repository.turns.join();
    try {
      for (const cid of cids) {
        if (!recursive && repository.pinOf(cid)?.type === 'recursive')
          throw new KuboError({ problem: `pin: ${String(cid)} already pinned recursively` });
        const type = recursive ? 'recursive' : 'direct';
        await repository.pin(cid, { type, ...(name === undefined ? {} : { name }) });
      }
    } finally {
      endTurn();
    }
    return { json: { Pins: cids.map(String) } };
  },
};

export const pinRm: Command = {
  run: async (call, { repository }) => {
    const { recursive } = call.options(z.object({ recursive: flag.default(true) }));
    const cids = await pathsOf(call, repository);
    for (const cid of cids) {
      const type = repository.pinOf(cid)?.type;
      if (type === undefined)
        throw new KuboError({ problem: `${String(cid)} is not pinned or pinned indirectly` });
      if (type === 'recursive' && !recursive)
        throw new KuboError({ problem: `${String(cid)} is pinned recursively` });
    }
    for (const cid of cids) repository.unpin(cid);
    return { json: { Pins: cids.map(String) } };
  },
};

/** Pins another content instead, with all that it links to. */
export const pinUpdate: Command = {
  run: async (call, { repository }) => {
    const { unpin } = call.options(z.object({ unpin: flag.default(true) }));
    const [from, to] = await pathsOf(call, repository);
    if (!from || !to) throw KuboError.badRequest('argument "to-path" is required');
    const pin = repository.pinOf(from);
    if (pin?.type !== 'recursive')
      throw new KuboError({ problem: 'what is to be updated was not recursively pinned already' });
    const endTurn = await repository.turns.join();
    await repository.pin(to, pin).finally(endTurn);
    if (unpin && !from.equals(to)) repository.unpin(from);
    return { json: { Pins: [from, to].map(String) } };
  },
};

const listOptions = z.object({
  type: z.enum(['all', 'recursive', 'direct', 'indirect']).default('all'),
  stream: flag.default(false),
  names: flag.default(false),
  name: z.string().optional(),
});

interface Listed {
  readonly cid: CID;
  readonly type: string;
  readonly name: string;
}

export const pinLs: Command = {
  run: async (call, node) => {
    const { type, stream, names, name } = call.options(listOptions);
    const found =
      call.args.length > 0 ? await pinsOfArguments(call, node, type) : listPins(node, type);
    async function* wanted(): AsyncGenerator<Listed> {
      for await (const listed of found)
        if (name === undefined || listed.name.includes(name)) yield listed;
    }
    const shown = (pin: Listed): object => ({
      Type: pin.type,
      ...(names || name !== undefined ? { Name: pin.name } : {}),
    });
    if (stream)
      return { lines: mapped(wanted(), (pin) => ({ Cid: pin.cid.toString(), ...shown(pin) })) };
    const keys = await Array.fromAsync(
      wanted(),
      (pin) => [pin.cid.toString(), shown(pin)] as const,
    );
    return { json: { Keys: Object.fromEntries(keys) } };
  },
};

async function* mapped(
  pins: AsyncIterable<Listed>,
  show: (pin: Listed) => object,
): AsyncGenerator<object> {
  for await (const pin of pins) yield show(pin);
}

async function pathsOf(call: Call, { blocks }: Repository): Promise<CID[]> {
  const paths = [call.arg, ...call.args.slice(1)];
  return Promise.all(paths.map(async (path) => (await resolvePath(blocks, path)).cid));
}

async function pinsOfArguments(
  call: Call,
  { repository }: NodeParts,
  wanted: string,
): Promise<Listed[]> {
  const pins: Listed[] = [];
  for (const cid of await pathsOf(call, repository)) {
    const pin = repository.pinOf(cid);
    const through = pin ? undefined : await repository.pinnedThrough(cid);
    const type = pin?.type ?? (through && `indirect through ${String(through)}`);
    if (type === undefined || (wanted !== 'all' && !type.startsWith(wanted)))
      throw new KuboError({ problem: `path '${String(cid)}' is not pinned` });
    pins.push({ cid, type, name: pin?.name ?? '' });
  }
  return pins;
}

async function* listPins({ repository }: NodeParts, wanted: string): AsyncGenerator<Listed> {
  const pins = repository.pins();
  const seen = new Set(pins.map(([cid]) => keyOf(cid)));
  for (const [cid, { type, name = '' }] of pins)
    if (wanted === 'all' || wanted === type) yield { cid, type, name };
  if (wanted !== 'all' && wanted !== 'indirect') return;
  for (const [root, { type }] of pins)
    if (type === 'recursive')
      for await (const cid of repository.walk(root))
        if (!seen.has(keyOf(cid))) {
          seen.add(keyOf(cid));
          yield { cid, type: 'indirect', name: '' };
        }
}
