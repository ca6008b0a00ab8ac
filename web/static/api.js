// Requests to our own server. The token goes in a header, never in an address.
import { store } from './storage.js';

// Problem carries the server's code, and its Chinese sentence as message. Code offline: nothing was reached.
export class Problem extends Error {
  constructor(code, message, retryAfter = 0) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

// call carries the visit's token. Its options are those of exchange.
export function call(method, path, body, options) {
  const token = store.get('token');
  return exchange(method, path, body, { credentials: 'omit', headers: token ? { Authorization: 'Bearer ' + token } : {}, ...options });
}

// exchange sends a request and returns the answer; it throws a Problem. onResponse gets the response before it is read;
// timeout is in ms, all other options are those of fetch.
export async function exchange(method, path, body, { headers, signal, timeout = 20000, onResponse = () => {}, ...options }) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  signal?.addEventListener('abort', () => late.abort());
  try {
    const response = await fetch(path, {
      ...options, method, signal: late.signal, cache: 'no-store',
      headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    onResponse(response);
    const answer = response.status === 204 ? null : await response.json();
    if (response.ok) return answer;
    throw new Problem(answer.code, answer.message, answer.retry_after_ms);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('offline', '没连上网络，或者服务器没有回应');
  } finally {
    clearTimeout(timer);
  }
}
