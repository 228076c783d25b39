const KEY = '371os-dashboard-session';
const ID_KEY = '371os-dashboard-session-id';
const SIGNED_OUT = 'signed out';
const SIGN_OUT_MS = 3_000;

/** The server does not know us, or not any more. */
export class SignedOutError extends Error {}

/** The server said no, in words for people. */
export class RefusedError extends Error {}

/** The token of this tab's session; the server knows whether it is still good. */
function currentToken(): string | undefined {
  const kept = sessionStorage.getItem(KEY);
  return kept === null || kept === SIGNED_OUT ? undefined : kept;
}

/** The id of this tab's session; undefined without one. */
export function currentSession(): string | undefined {
  return sessionStorage.getItem(ID_KEY) ?? undefined;
}

/**
 * Begins a session with whatever this browser has: one that goes on, the code of the link that it
 * was opened with, or the key that ElizaOS's web client keeps when this is a panel of it.
 * @returns whether it has one
 * @throws RefusedError when the link is not good any more
 */
export async function findSession(): Promise<boolean> {
  const code = takeCode();
  if (code !== undefined) {
    await begin({ code });
    return true;
  }
  if (currentToken() !== undefined) return true;
  if (sessionStorage.getItem(KEY) === SIGNED_OUT) return false;
  const key = localStorage.getItem(`eliza-api-key-${location.origin}`);
  if (!key) return false;
  return signIn(key).then(
    () => true,
    () => false,
  );
}

/** Begins a session with the owner's token, which is not kept. @throws RefusedError */
export async function signIn(ownerToken: string): Promise<void> {
  await begin({}, ownerToken);
}

/** Forgets a session that is over. Who has signed out stays so. */
export function forgetSession(): void {
  if (currentToken() !== undefined) clear();
}

/**
 * Signs out for good, also where this browser has a key. The session ends on the server, too, where that
 * can be reached.
 */
export async function signOut(): Promise<void> {
  const id = currentSession();
  const ended =
    id &&
    ask(`sessions/${id}/end`, {
      ...{ method: 'POST', body: '{}', signal: AbortSignal.timeout(SIGN_OUT_MS) },
      headers: { 'Content-Type': 'application/json' },
    }).catch(() => undefined);
  clear();
  sessionStorage.setItem(KEY, SIGNED_OUT);
  await ended;
}

function clear(): void {
  sessionStorage.removeItem(KEY);
  sessionStorage.removeItem(ID_KEY);
}

// What follows the # is sent to nobody; it is taken out of the address before anything else.
function takeCode(): string | undefined {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
  if (code !== undefined) history.replaceState(null, '', location.pathname + location.search);
  return code;
}

async function begin(body: object, ownerToken?: string): Promise<void> {
  const response = await fetch('/371os/sessions', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(ownerToken === undefined ? {} : { Authorization: `Bearer ${ownerToken}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new RefusedError(await refusalOf(response));
  const { token, id } = (await response.json()) as { token: string; id: string };
  sessionStorage.setItem(KEY, token);
  sessionStorage.setItem(ID_KEY, id);
}

interface Wishes {
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for data with the session's token. @throws SignedOutError, RefusedError, or fetch's own */
export async function ask(path: string, init: Wishes = {}): Promise<Response> {
  const token = currentToken();
  if (token === undefined) throw new SignedOutError();
  const response = await fetch(`/371os/data/${path}`, {
    ...init,
    headers: { ...init.headers, Authorization: `Bearer ${token}` },
  });
  if (response.status === 401) throw new SignedOutError();
  if (!response.ok) throw new RefusedError(await refusalOf(response));
  return response;
}

async function refusalOf(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { error: { message: string } };
    return error.message;
  } catch {
    return `The server answered with ${response.status}.`;
  }
}
