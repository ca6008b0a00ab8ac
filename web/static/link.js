// One connection to the server: the socket with its resume, heartbeat and back-off, and where no socket gets through a
// stream of events, or the long poll. It delivers frames; what they mean is the chat's business.
import { call } from './api.js';
import { Socket } from './socket.js';
import { stream } from './stream.js';

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30000;
const FLOOD_WAIT = 10000;
const STALE_AFTER = 30000;
const LISTEN_AFTER_FAILURES = 3;
const RETRY_SOCKET_AFTER = 60000;

const GONE = ['auth', 'not_found']; // the visit has ended, or the conversation is no longer this person's

// Close codes of the server that say what comes next.
const AUTH = 4001; // a new ticket is fetched first, as always
const FORBIDDEN = 4003;
const REPLACED = 4009;
const FLOOD = 4029;

export class Link {
  // cursor() is the last seq that the page has. onFrame gets frames, onState 'open', 'closed', 'replaced' (another page
  // took this one's place) or 'refused', onLost nothing: the visit is over.
  constructor({ conv, cursor, onFrame, onState, onLost }) {
    Object.assign(this, { conv, cursor, onFrame, onState, onLost });
    this.failures = 0;
    this.stopped = false;
    this.soon = () => this.now();
    this.seen = () => { if (document.visibilityState === 'visible') this.now(); };
    window.addEventListener('online', this.soon);
    window.addEventListener('pageshow', this.soon);
    document.addEventListener('visibilitychange', this.seen);
    this.connect();
  }

  stop() {
    this.stopped = true;
    window.removeEventListener('online', this.soon);
    window.removeEventListener('pageshow', this.soon);
    document.removeEventListener('visibilitychange', this.seen);
    clearTimeout(this.timer);
    this.listening?.abort();
    this.drop();
  }

  // now reconnects at once: the network or the person is back. A socket that was silent for long may be dead.
  now() {
    if (this.stopped || this.over) return;
    if (this.socket?.ready && Date.now() - this.lastFrame > STALE_AFTER) this.drop();
    if (!this.socket && !this.connecting) {
      clearTimeout(this.timer);
      this.next();
    }
  }

  // again takes the place back that another page has taken: only a person asks for that.
  again() {
    this.over = false;
    this.failures = 0;
    this.now();
  }

  send(frame) { return this.socket?.send(frame) ?? false; }

  async connect() {
    this.connecting = true;
    let ticket;
    try {
      ({ ticket } = await call('POST', '/v1/ws-ticket', {}, { timeout: 10000 }));
    } catch (error) {
      this.connecting = false;
      if (this.stopped) return;
      if (error.code === 'auth') this.lose();
      else this.later(error.retryAfter);
      return;
    }
    this.connecting = false;
    if (this.stopped) return;
    this.open(ticket);
  }

  open(ticket) {
    this.socket = new Socket(ticket, {
      resume: () => [{ conv: this.conv, after_seq: this.cursor() }],
      onFrame: (frame) => this.receive(frame),
      onEnd: (code) => this.closed(code),
    });
  }

  receive(frame) {
    this.lastFrame = Date.now();
    if (frame.t === 'welcome') this.welcomed();
    if (frame.t === 'drain') this.after = frame.d.retry_after_ms;
    this.onFrame(frame);
  }

  welcomed() {
    this.failures = 0;
    this.listening?.abort();
    this.listening = null;
    this.hears = false;
    clearTimeout(this.timer);
    this.onState('open');
  }

  closed(code) {
    const fresh = this.socket.ready;
    this.drop();
    if (code === FORBIDDEN || code === REPLACED) {
      this.over = true;
      this.onState(code === REPLACED ? 'replaced' : 'refused');
      return;
    }
    const after = code === FLOOD ? FLOOD_WAIT : this.after;
    this.after = 0;
    if (code === AUTH && fresh) this.now();
    else this.later(after);
  }

  drop() {
    const { socket } = this;
    this.socket = null;
    const was = socket?.ready;
    socket?.close();
    if (was && !this.stopped) this.onState('closed');
  }

  lose() {
    this.stop();
    this.onLost();
  }

  // later waits with full jitter: many pages must not come back at the same moment.
  later(atLeast = 0) {
    if (this.stopped) return;
    let wait = Math.max(atLeast, Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures));
    this.failures++;
    if (!this.hears) this.onState('closed');
    if (this.hears) wait = Math.max(wait, RETRY_SOCKET_AFTER);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.next(), wait);
  }

  // next tries again. After some failures it also listens in the other way.
  next() {
    if (this.stopped || this.over) return;
    if (this.failures >= LISTEN_AFTER_FAILURES && !this.listening) this.listen();
    if (!this.socket && !this.connecting) this.connect();
  }

  // listen reads by HTTP until the socket is back or HTTP fails as well: a stream, and polls where none gets through.
  async listen() {
    const control = new AbortController();
    this.listening = control;
    const { signal } = control;
    try {
      while (!signal.aborted && !this.stopped) {
        if (!this.noStream) await this.stream(signal);
        else await this.poll(signal);
      }
    } catch (error) {
      if (GONE.includes(error.code) && !this.stopped) this.lose();
    } finally {
      if (this.listening === control) { // it failed: nothing is heard now
        this.listening = null;
        this.hears = false;
        this.later();
      }
    }
  }

  heard() {
    if (this.hears) return;
    this.hears = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.next(), RETRY_SOCKET_AFTER);
    this.onState('open');
  }

  // stream ends with the server's stream. One that never began leaves the rest to polls.
  async stream(signal) {
    let begun = false;
    try {
      await stream(`/v1/conv/${this.conv}/stream?after_seq=${this.cursor()}`, {
        signal,
        onOpen: () => { begun = true; if (!signal.aborted) this.heard(); },
        onFrame: (frame) => { if (!signal.aborted) this.onFrame(frame); },
      });
    } catch (error) {
      if (GONE.includes(error.code)) throw error;
    }
    if (begun) await this.poll(signal, 0); // what ended it: the network, the visit, or only the server's wish
    else this.noStream = true;
  }

  async poll(signal, wait = 25) {
    const answer = await call('GET', `/v1/conv/${this.conv}/events?after_seq=${this.cursor()}&wait=${wait}`, undefined, { signal, timeout: 40000 });
    if (signal.aborted) return;
    this.heard();
    if (answer.reset) this.onFrame({ t: 'reset', conv: this.conv, d: { head_seq: answer.head_seq } });
    for (const frame of answer.events) this.onFrame(frame);
  }
}
