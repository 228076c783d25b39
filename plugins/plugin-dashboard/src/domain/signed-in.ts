/** A session of the owner in one browser. */
export interface Session {
  readonly id: string;
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** A browser that is signed in. Times are milliseconds since 1970. */
export interface SignedIn {
  readonly id: string;
  /** By the link of the command line, or with the owner's token. */
  readonly way: 'link' | 'token';
  /** What the browser says that it is, in a few words. */
  readonly browser: string;
  readonly begunAtMs: number;
  readonly expiresAtMs: number;
}

// Each also says that it is those below it.
const BROWSERS = [
  ['Edge', /\bEdgA?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /(Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
  ['curl', /^curl\//],
] as const;
const SYSTEMS = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
] as const;

/** `Firefox on Linux`, by the header User-Agent, in which anybody may write anything. */
export function describeBrowser(userAgent: string | undefined): string {
  const said = userAgent ?? '';
  const [browser = 'Another program'] = BROWSERS.find(([, sign]) => sign.test(said)) ?? [];
  const [system] = SYSTEMS.find(([, sign]) => sign.test(said)) ?? [];
  return system === undefined ? browser : `${browser} on ${system}`;
}
