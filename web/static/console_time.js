// Times on the screen that run: how long somebody waits, how long is left.
import { now } from './console_api.js';
import { element } from './dom.js';

const CLOCK = new Intl.DateTimeFormat('zh-CN', { hour: '2-digit', minute: '2-digit', hour12: false });
const DAY = new Intl.DateTimeFormat('zh-CN', { month: 'numeric', day: 'numeric' });

// clock is a time of day, with the day where that is not today.
export function clock(ts) {
  const at = new Date(ts);
  return (at.toDateString() === new Date().toDateString() ? '' : DAY.format(at) + ' ') + CLOCK.format(at);
}

// long is a length of time in plain words: seconds only where they matter.
export function long(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} 秒`;
  if (s < 600) return s % 60 ? `${Math.floor(s / 60)} 分 ${s % 60} 秒` : `${s / 60} 分`;
  if (s < 3600) return `${Math.floor(s / 60)} 分`;
  if (s < 86400) return `${Math.floor(s / 3600)} 小时 ${Math.floor(s / 60) % 60} 分`;
  return `${Math.floor(s / 86400)} 天`;
}

// since shows how long something has lasted, left how long is left of it. Both are kept right by tick.
export function since(ts, before, after = '') {
  const e = element('span', 'timer');
  Object.assign(e.dataset, { since: ts, before, after });
  show(e);
  return e;
}

export function left(ts, before, over = '已超时') {
  const e = element('span', 'timer');
  Object.assign(e.dataset, { until: ts, before, over });
  show(e);
  return e;
}

function show(e) {
  const { since: from, until, before, after, over } = e.dataset;
  if (from) {
    put(e, `${before} ${long(now() - Date.parse(from))}${after}`.trim());
    return;
  }
  const rest = Date.parse(until) - now();
  e.classList.toggle('late', rest < 0);
  put(e, rest < 0 ? `${over} ${long(-rest)}` : `${before} ${long(rest)}`);
}

function put(e, text) { if (e.textContent !== text) e.textContent = text; }

setInterval(() => { for (const e of document.querySelectorAll('.timer')) show(e); }, 1000);
