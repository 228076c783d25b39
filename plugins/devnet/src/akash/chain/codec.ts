/** What chain-sdk's generated message types have in common. */
export interface Codec<Message> {
  readonly $type: string;
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
  fromJSON(object: unknown): Message;
  toJSON(message: Message): unknown;
}

/** How a record is kept in the store. */
export interface Format<Value> {
  encode(value: Value): Uint8Array;
  decode(bytes: Uint8Array): Value;
}

export const textFormat: Format<string> = {
  encode: (text) => Buffer.from(text),
  decode: (bytes) => Buffer.from(bytes).toString(),
};

/** JSON that also keeps bigint. */
export function recordFormat<Value>(): Format<Value> {
  return {
    encode: (value) => Buffer.from(JSON.stringify(value, writeBigint)),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString(), readBigint) as Value,
  };
}

function writeBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { $bigint: String(value) } : value;
}

function readBigint(_key: string, value: unknown): unknown {
  const isBigint = typeof value === 'object' && value !== null && '$bigint' in value;
  return isBigint ? BigInt(String(value.$bigint)) : value;
}

/** A message with its type, as in protobuf's Any. */
export function toAny<Message>(
  codec: Codec<Message>,
  message: Message,
): { typeUrl: string; value: Uint8Array } {
  return { typeUrl: `/${codec.$type}`, value: codec.encode(message).finish() };
}
