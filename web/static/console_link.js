// The console's connection: one socket for the queue, the alarms and the conversation that is open. Where no socket
// gets through, it asks by HTTP. It delivers frames; what they mean is the page's business.
import { ask, request } from './console_api.js';
import { Socket } from './socket.js';

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30000;
const STALE_AFTER = 30000;
const LOOK_EVERY = 2000;
const ASLEEP = 20000; // a clock that has jumped by this much: the machine slept
const POLL_AFTER_FAILURES = 2;
const POLL_QUEUE_EVERY = 10000;
const POLL_AGAIN_AFTER = 3000;
const REFUSED = 4003;
const REPLACED = 4009;

export class Link {
  // cursor() is {conv, after} of the conversation on the screen, or null. onFrame gets frames, onState 'open', 'poll' or
  // 'closed'. onWake is told that nothing was heard for a while: what stands on the screen may be long past.
  constructor({ cursor, onFrame, onState, onWake = () => {} }) {
    Object.assign(this, { cursor, onFrame, onState, onWake });
    this.failures = 0;
    this.wait = 0; // ms that the server asked for
    addEventListener('online', () => this.now());
    addEventListener('pageshow', () => this.now());
    addEventListener('offline', () => { this.drop(); this.onState('closed'); });
    addEventListener('signed-out', () => this.stop());
    document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') this.now(); });
    this.watchClock();
    setInterval(() => { if (!this.ready) this.onFrame({ t: 'queue', d: {} }); }, POLL_QUEUE_EVERY);
    this.connect();
  }

  // watchClock notices that the machine has slept: no event tells so where the page stayed in front. Pages in the
  // background are woken rarely, which looks the same; they see to it when they come to the front.
  watchClock() {
    let before = Date.now();
    setInterval(() => {
      const jump = Date.now() - before;
      before = Date.now();
      if (jump > ASLEEP && document.visibilityState === 'visible') this.now();
    }, LOOK_EVERY);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.polling?.abort();
    this.drop();
  }

  // now reconnects at once: the network or the person is back. A socket that was silent for long may be dead.
  now() {
    if (this.stopped) return;
    const silent = Date.now() - (this.heard ?? Date.now());
    if (silent > STALE_AFTER) {
      this.drop();
      this.onWake();
    }
    if (this.socket || this.connecting) return;
    clearTimeout(this.timer);
    this.connect();
  }

  get ready() { return this.socket?.ready ?? false; }

  send(frame) { return this.socket?.send(frame) ?? false; }

  // watch subscribes to the conversation on the screen, unwatch ends that.
  watch() {
    const at = this.cursor();
    if (at) this.send({ t: 'sub', conv: at.conv, d: { after_seq: at.after } });
    if (!this.ready && this.failures >= POLL_AFTER_FAILURES) this.poll();
  }

  unwatch(conv) {
    this.polling?.abort();
    this.send({ t: 'unsub', conv, d: {} });
  }

  async connect() {
    this.connecting = true;
    try {
      const { ticket } = await request('POST', '/api/v1/staff/ws-ticket', {}, { timeout: 10000 });
      if (!this.stopped) this.open(ticket);
    } catch (error) {
      if (error.code !== 'auth') this.later(error.retryAfter);
    } finally {
      this.connecting = false;
    }
  }

  open(ticket) {
    this.socket = new Socket(ticket, {
      resume: () => {
        const at = this.cursor();
        this.resumed = at?.conv;
        return at ? [{ conv: at.conv, after_seq: at.after }] : [];
      },
      onFrame: (frame) => this.receive(frame),
      onEnd: (code) => this.closed(code),
    });
  }

  receive(frame) {
    this.heard = Date.now();
    if (frame.t === 'welcome') this.welcomed();
    if (frame.t === 'drain') this.wait = frame.d.retry_after_ms;
    this.onFrame(frame);
  }

  welcomed() {
    this.failures = 0;
    this.polling?.abort();
    this.send({ t: 'sub', d: { topic: 'queue' } });
    if (this.cursor()?.conv !== this.resumed) this.watch(); // it was opened between hello and welcome
    this.onState('open');
  }

  closed(code) {
    this.drop();
    if (code === REFUSED || code === REPLACED) { // refused for good; the page still works by HTTP
      this.failures = POLL_AFTER_FAILURES;
      this.onState('replaced');
      this.poll();
      return;
    }
    this.later(this.wait);
    this.wait = 0;
  }

  drop() {
    this.socket?.close();
    this.socket = null;
  }

  // later waits with full jitter: many consoles must not come back at the same moment.
  later(atLeast = 0) {
    if (this.stopped) return;
    this.failures++;
    this.onState('closed');
    if (this.failures >= POLL_AFTER_FAILURES) this.poll();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), Math.max(atLeast, Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures)));
  }

  // poll reads the open conversation by HTTP until the socket is back, or another conversation is opened.
  async poll() {
    this.polling?.abort();
    const control = new AbortController();
    this.polling = control;
    while (!control.signal.aborted && !this.stopped) {
      const at = this.cursor();
      if (!at) return;
      try {
        const answer = await ask('GET', `/conv/${at.conv}/events?after_seq=${at.after}&wait=25`, undefined, { signal: control.signal, timeout: 40000 });
        if (control.signal.aborted) return;
        this.onState('poll');
        if (answer.reset) this.onFrame({ t: 'reset', conv: at.conv, d: { head_seq: answer.head_seq } });
        for (const frame of answer.events) this.onFrame(frame);
      } catch (error) {
        if (control.signal.aborted || ['auth', 'not_found', 'forbidden'].includes(error.code)) return;
        await new Promise((resolve) => setTimeout(resolve, POLL_AGAIN_AFTER));
      }
    }
  }
}
