// One connection to the server: the socket with its resume, heartbeat and back-off, and the long poll where no
// socket gets through. It delivers frames; what they mean is the chat's business.
import { call } from './api.js';

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30000;
const PING_EVERY = 20000;
const PONG_WITHIN = 10000;
const STALE_AFTER = 30000;
const POLL_AFTER_FAILURES = 3;
const RETRY_SOCKET_AFTER = 60000;

export class Link {
  // cursor() is the last seq that the page has. onFrame gets frames, onState 'open' or 'closed', onLost nothing:
  // the visit is over.
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

  get isOpen() { return this.ready === true; }

  stop() {
    this.stopped = true;
    window.removeEventListener('online', this.soon);
    window.removeEventListener('pageshow', this.soon);
    document.removeEventListener('visibilitychange', this.seen);
    clearTimeout(this.timer);
    this.polling?.abort();
    this.drop();
  }

  // now reconnects at once: the network or the person is back. A socket that was silent for long may be dead.
  now() {
    if (this.stopped) return;
    if (this.ready && Date.now() - this.lastFrame > STALE_AFTER) this.drop();
    if (!this.socket && !this.connecting) {
      clearTimeout(this.timer);
      this.connect();
    }
  }

  send(frame) {
    if (!this.ready || !this.socket) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

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
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}/v1/ws`, 'xiaohe.v1');
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({
      v: 1, t: 'hello', d: { ticket, v: [1], resume: [{ conv: this.conv, after_seq: this.cursor() }] },
    }));
    socket.onmessage = ({ data }) => { if (socket === this.socket) this.receive(JSON.parse(data)); };
    socket.onclose = ({ code }) => { if (socket === this.socket) this.closed(code); };
  }

  receive(frame) {
    this.lastFrame = Date.now();
    switch (frame.t) {
      case 'welcome':
        this.welcomed();
        break;
      case 'pong':
        clearTimeout(this.pong);
        break;
      case 'drain':
        this.after = frame.d.retry_after_ms;
        break;
    }
    this.onFrame(frame);
  }

  welcomed() {
    this.failures = 0;
    this.ready = true;
    this.polling?.abort();
    this.polling = null;
    clearTimeout(this.timer);
    this.beat = setInterval(() => {
      this.send({ v: 1, t: 'ping', d: { n: Date.now() } });
      clearTimeout(this.pong);
      // Browsers do not show protocol pings: without this a link that only sends looks alive.
      this.pong = setTimeout(() => { this.drop(); this.later(); }, PONG_WITHIN);
    }, PING_EVERY);
    this.onState('open');
  }

  closed(code) {
    this.drop();
    if (this.stopped) return;
    if (code === 4003 || code === 4009) return; // refused for good
    this.later(this.after);
    this.after = 0;
  }

  // drop forgets the socket, so that its late events mean nothing.
  drop() {
    const socket = this.socket;
    const was = this.ready;
    this.socket = null;
    this.ready = false;
    clearInterval(this.beat);
    clearTimeout(this.pong);
    if (socket && socket.readyState < WebSocket.CLOSING) socket.close();
    if (was && !this.stopped) this.onState('closed');
  }

  lose() {
    this.stop();
    this.onLost();
  }

  // later waits with full jitter: many pages must not come back at the same moment.
  later(atLeast = 0) {
    if (this.stopped) return;
    this.failures++;
    this.onState('closed');
    let wait = Math.max(atLeast, Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures));
    if (this.failures >= POLL_AFTER_FAILURES) {
      if (!this.polling) this.poll();
      wait = Math.max(wait, this.pollWorks ? RETRY_SOCKET_AFTER : 0);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), wait);
  }

  // poll reads by HTTP until the socket is back or HTTP fails as well.
  async poll() {
    const control = new AbortController();
    this.polling = control;
    try {
      while (!control.signal.aborted && !this.stopped) {
        const answer = await call('GET', `/v1/conv/${this.conv}/events?after_seq=${this.cursor()}&wait=25`, undefined,
          { signal: control.signal, timeout: 40000 });
        if (!this.pollWorks) {
          this.pollWorks = true;
          this.onState('open');
        }
        if (answer.reset) this.onFrame({ t: 'reset', conv: this.conv, d: { head_seq: answer.head_seq } });
        for (const frame of answer.events) this.onFrame(frame);
      }
    } catch (error) {
      if (error.code === 'auth' && !this.stopped) this.lose();
    } finally {
      this.pollWorks = false;
      if (this.polling === control) this.polling = null;
    }
  }
}
