// Requests of the console. The session is a cookie that scripts cannot read; every change carries the token that the
// page was given.
import { Problem } from './api.js';

const ROOT = '/api/v1/console';

let csrf = document.querySelector('meta[name=csrf]')?.content ?? '';
let ahead = 0; // ms by which the server's clock is ahead of this machine's

export function setCSRF(token) { csrf = token; }

// now is the server's time in ms: deadlines are its deadlines.
export function now() { return Date.now() + ahead; }

// ask calls the console's own API: ask('POST', '/tickets/…/claim', {epoch}).
export function ask(method, path, body, options) { return request(method, ROOT + path, body, options); }

// request throws a Problem; what the server says besides code and message is in its extra. A visit that has ended leads
// to the login page, and from there back.
export async function request(method, path, body, { signal, timeout = 20000 } = {}) {
  const headers = {};
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  signal?.addEventListener('abort', () => late.abort());
  try {
    const response = await fetch(path, {
      method, headers, signal: late.signal, cache: 'no-store', credentials: 'same-origin',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    keepTime(response.headers.get('Date'));
    const answer = response.status === 204 ? null : await response.json();
    if (response.ok) return answer;
    throw refusal(response.status, answer);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('offline', '没连上网络，或者服务器没有回应');
  } finally {
    clearTimeout(timer);
  }
}

// keepTime takes over the server's clock where this machine's is plainly wrong; its header counts whole seconds.
function keepTime(date) {
  const off = Date.parse(date) + 500 - Date.now();
  if (Math.abs(off - ahead) > 2000) ahead = Math.abs(off) > 2000 ? off : 0;
}

function refusal(status, answer) {
  const problem = new Problem(answer.code, answer.message, answer.retry_after_ms);
  problem.extra = answer;
  if (status === 401) {
    dispatchEvent(new Event('signed-out'));
    location.assign('/login?back=' + encodeURIComponent(location.pathname));
  }
  return problem;
}
