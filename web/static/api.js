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

export async function call(method, path, body, { signal, timeout = 20000, keepalive = false } = {}) {
  const headers = {};
  const token = store.get('token');
  if (token) headers.Authorization = 'Bearer ' + token;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  signal?.addEventListener('abort', () => late.abort());
  let response;
  try {
    response = await fetch(path, {
      method, headers, keepalive, signal: late.signal, cache: 'no-store', credentials: 'omit',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
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
