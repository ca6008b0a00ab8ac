// Requests of the console. The session is a cookie that scripts cannot read; every change carries the token that the
// page was given.
import { exchange } from './api.js';

const ROOT = '/api/v1/console';

let csrf = document.querySelector('meta[name=csrf]')?.content ?? '';
let ahead = 0; // ms by which the server's clock is ahead of this machine's

export function setCSRF(token) { csrf = token; }

// now is the server's time in ms: deadlines are its deadlines.
export function now() { return Date.now() + ahead; }

// ask calls the console's own API: ask('POST', '/tickets/…/claim', {epoch}).
export function ask(method, path, body, options) { return request(method, ROOT + path, body, options); }

// request is ask for any path of ours.
export function request(method, path, body, options) {
  return exchange(method, path, body, { credentials: 'same-origin', headers: method === 'GET' ? {} : { 'X-CSRF-Token': csrf }, onResponse: heard, ...options });
}

// heard looks at every response. A visit that has ended leads to the login page, and from there back.
function heard(response) {
  keepTime(response.headers.get('Date'));
  if (response.status !== 401) return;
  dispatchEvent(new Event('signed-out'));
  location.assign('/login?back=' + encodeURIComponent(location.pathname));
}

// keepTime takes over the server's clock where this machine's is plainly wrong; its header counts whole seconds.
function keepTime(date) {
  const off = Date.parse(date) + 500 - Date.now();
  if (Math.abs(off - ahead) > 2000) ahead = Math.abs(off) > 2000 ? off : 0;
}

// once runs work one at a time; what is asked for meanwhile runs once afterwards.
export function once(work) {
  let running = false;
  let again = false;
  return async () => {
    again = running;
    if (running) return;
    running = true;
    try {
      do { again = false; await work(); } while (again);
    } finally {
      running = false;
    }
  };
}
