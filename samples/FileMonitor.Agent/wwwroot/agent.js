// How the page asks the agent: one token for all requests, kept for this tab only.

const tokenKey = 'filemonitor.token';

/** The agent wants a token, or another one. */
export class Unauthorized extends Error {
}

/** The agent answers, but with a refusal; the message is its own. */
export class Refused extends Error {
}

export const hasToken = () => sessionStorage.getItem(tokenKey) !== null;

export const setToken = token => sessionStorage.setItem(tokenKey, token);

export const forgetToken = () => sessionStorage.removeItem(tokenKey);

/** fetch with the token. Throws when the answer is not one of success. */
export async function ask(path, { headers = {}, signal } = {}) {
  const token = sessionStorage.getItem(tokenKey);
  const response = await fetch(path, {
    headers: token === null ? headers : { ...headers, Authorization: `Bearer ${token}` },
    cache: 'no-store',
    signal,
  });
  if (response.status === 401) {
    throw new Unauthorized();
  }

  if (!response.ok) {
    const text = await response.text();
    const isProblem = response.headers.get('Content-Type')?.startsWith('application/problem+json');
    throw new Refused((isProblem ? JSON.parse(text).detail : text) || `The agent answers ${response.status} to ${path}.`);
  }

  return response;
}

export async function askJson(path, signal) {
  const patience = AbortSignal.timeout(10_000);
  const response = await ask(path, { signal: signal ? AbortSignal.any([signal, patience]) : patience });
  return response.json();
}
