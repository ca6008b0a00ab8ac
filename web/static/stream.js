// Server-sent events, read with fetch: EventSource cannot send the Authorization header.
import { store } from './storage.js';

const SILENT_FOR = 40000; // ms: the server says something more often; a proxy may hold it back

// stream reads one stream to its end and hands over its frames. It throws where no stream comes through; an error with
// code auth or not_found means that the visit is over.
export async function stream(path, { signal, onOpen, onFrame }) {
  const control = new AbortController();
  const abort = () => control.abort();
  signal.addEventListener('abort', abort);
  let timer;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(abort, SILENT_FOR);
  };
  try {
    alive();
    const response = await fetch(path, {
      headers: { Authorization: 'Bearer ' + store.get('token'), Accept: 'text/event-stream' },
      cache: 'no-store', credentials: 'omit', signal: control.signal,
    });
    if (!response.ok || !response.headers.get('Content-Type')?.startsWith('text/event-stream')) throw await refusal(response);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parse = parser(onFrame);
    for (let first = true; ; first = false) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      if (first) onOpen();
      parse(value);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    control.abort();
  }
}

async function refusal(response) {
  const { code } = await response.json().catch(() => ({}));
  return Object.assign(new Error('no stream'), { code });
}

// parser takes text in pieces and hands over the frame of each event.
function parser(onFrame) {
  let rest = '';
  return (text) => {
    const events = (rest + text).split(/\r?\n\r?\n/);
    rest = events.pop();
    for (const event of events) {
      const data = event.split(/\r?\n/).filter((line) => line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, '')).join('\n');
      if (data) onFrame(JSON.parse(data));
    }
  };
}
