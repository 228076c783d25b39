/** An account or a chat on a platform. */
export interface Account {
  readonly platform: string;
  readonly id: string;
}

/** What `telegram:1234` stands for, or undefined. */
export function readAccount(text: string): Account | undefined {
  const { platform, id } = /^(?<platform>[a-z]+):(?<id>-?\d+)$/.exec(text)?.groups ?? {};
  return platform !== undefined && id !== undefined ? { platform, id } : undefined;
}
