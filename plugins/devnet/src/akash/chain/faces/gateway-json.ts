import { PubKey } from '@akashnetwork/chain-sdk/private-types/cosmos.secp256k1';
import { BaseAccount } from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';
import type { Codec } from '../codec.ts';
import { formatFixed, parseDecimal } from '../decimal.ts';

type Json = Readonly<Record<string, unknown>>;

// Akash's fields that hold decimals: coins with an amount, or texts.
const DECIMALS = new Set(
  'price rate balance transferred funds unsettled collateral_ratio warn_threshold halt_threshold twap median_price min_price max_price'.split(
    ' ',
  ),
);

// Enumerations whose zero stands for something, by field.
const ZERO_NAMES: Readonly<Record<string, string>> = {
  kind: 'SHARED_HTTP',
  reason: 'lease_closed_invalid',
};

// Values that chain-sdk 1.0.0-alpha.25 has no name for, by field.
const NEWER_NAMES: Readonly<Record<string, string>> = { status: 'ledger_record_status_canceled' };

// What may be inside an Any.
const PACKED = new Map<unknown, Codec<unknown>>(
  [BaseAccount, PubKey].map((codec) => [`/${codec.$type}`, codec as Codec<unknown>]),
);

/**
 * A message as the chain's REST gateway writes it. It differs from what chain-sdk writes: fields
 * that have their default value are there, Akash's decimals have all 18 places, the values of
 * resources are numbers as text instead of base64, and what an Any holds is unpacked.
 */
export function gatewayJson<Message>(codec: Codec<Message>, message: Message): unknown {
  const json = complete(message, codec.toJSON(message), '');
  return codec.$type.startsWith('akash.') ? withPlaces(json, false) : json;
}

function complete(message: unknown, json: unknown, field: string): unknown {
  if (Array.isArray(message))
    return message.map((item, index) =>
      complete(item, (json as unknown[] | undefined)?.[index], field),
    );
  if (json === 'UNRECOGNIZED') return NEWER_NAMES[field] ?? message;
  if (!isMessage(message)) return json ?? defaultOf(message, field);
  if ('typeUrl' in message) return unpack(message);
  const known = (json ?? {}) as Json;
  const entries = Object.entries(message).map(([name, value]) => {
    const key = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const isValue = key === 'val' && value instanceof Uint8Array;
    return [key, isValue ? Buffer.from(value).toString() : complete(value, known[key], key)];
  });
  return Object.fromEntries(entries) as Json;
}

function unpack({ typeUrl, value }: Json): Json {
  const codec = PACKED.get(typeUrl);
  const content = codec ? gatewayJson(codec, codec.decode(value as Uint8Array)) : {};
  return { '@type': typeUrl, ...(content as Json) };
}

function withPlaces(json: unknown, isDecimal: boolean): unknown {
  if (Array.isArray(json)) return json.map((item) => withPlaces(item, isDecimal));
  if (typeof json === 'string') return isDecimal ? formatFixed(parseDecimal(json)) : json;
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).map(([key, value]) => [
    key,
    withPlaces(value, DECIMALS.has(key) || (isDecimal && key === 'amount')),
  ]);
  return Object.fromEntries(entries) as Json;
}

// Neither bytes, nor a date, nor one of chain-sdk's 64-bit integers.
function isMessage(value: unknown): value is Json {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date) &&
    !('unsigned' in value)
  );
}

function defaultOf(value: unknown, field: string): unknown {
  if (value === 0) return ZERO_NAMES[field] ?? 0;
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return '';
  return typeof value === 'object' ? '0' : value;
}
