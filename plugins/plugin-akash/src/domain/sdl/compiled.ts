/** JSON. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What the chain gets of one placement, as the Go tools write it. */
export interface GroupSpec {
  readonly name: string;
  readonly requirements: {
    readonly signed_by: {
      readonly all_of: readonly string[] | null;
      readonly any_of: readonly string[] | null;
    };
    readonly attributes: readonly { readonly key: string; readonly value: string }[] | null;
  };
  readonly resources: readonly ResourceUnit[];
}

export interface ResourceUnit {
  readonly resource: {
    readonly id: number;
    /** Thousandths of a CPU. */
    readonly cpu: { readonly units: { readonly val: string } };
    /** Bytes. */
    readonly memory: { readonly size: { readonly val: string } };
    readonly storage: readonly Volume[];
    readonly gpu: { readonly units: { readonly val: string } };
    /** `kind`: shared HTTP when left out, 1 a port of its own, 2 an IP address of its own. */
    readonly endpoints: readonly { readonly kind?: number; readonly sequence_number: number }[];
  };
  readonly count: number;
  /** Of one of `count`, for a block, with 18 decimals. */
  readonly price: { readonly denom: string; readonly amount: string };
}

export interface Volume {
  readonly name: string;
  readonly size: { readonly val: string };
  readonly attributes?: readonly { readonly key: string; readonly value: string }[];
}

/** An SDL as chain and provider get it. */
export interface CompiledSdl {
  readonly groups: readonly GroupSpec[];
  /** What the provider gets. */
  readonly manifest: readonly Json[];
  /** SHA-256 of the manifest's sorted JSON, in hex: the deployment's hash on chain. */
  readonly versionHash: string;
}

/**
 * The text that Go's encoding/json makes of a value whose keys are sorted: the text that is hashed.
 */
export function goJson(value: Json): string {
  if (typeof value === 'string') return goString(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => goJson(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([key, field]) => `${goString(key)}:${goJson(field)}`).join(',')}}`;
}

const ESCAPED = /[<>&\u2028\u2029]/g;

function goString(text: string): string {
  return JSON.stringify(text).replace(
    ESCAPED,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
