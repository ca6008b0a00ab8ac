// The conversation in this tab: what is stored, what is still to be sent, and how both get on the screen.
import { call } from './api.js';
import { settle } from './card.js';
import { element } from './dom.js';
import { Draft } from './draft.js';
import { Link } from './link.js';
import { Scroll } from './scroll.js';
import { session } from './session.js';
import { randomID, store } from './storage.js';
import { Tabs } from './tabs.js';
import { message, notice, unsent } from './view.js';

const ACK_WITHIN = 10000;
const RETRY_AFTER = 3000;
const REMIND_EVERY = 2 * 60 * 60 * 1000;
const PAGE = 100;

// What a refusal means for the message: tried again by itself, or shown to the person.
const AGAIN = ['rate', 'try_again', 'offline', 'auth'];
const REFUSED = ['forbidden', 'not_found'];

export class Chat {
  // onFrame hears of every frame once it is on the screen, onStart that a conversation is there, onLost that it has gone.
  constructor({ log, draft, thinking, scroller, onState, onRegion, onTakeBack, onUnread, onFrame, onStart, onLost }) {
    Object.assign(this, { log, onState, onRegion, onTakeBack, onUnread, onFrame, onStart, onLost });
    this.scroll = new Scroll(scroller);
    this.state = 'open'; // of the link; without a conversation there is none to be closed
    this.last = 0; // seq of the newest message on the screen
    this.first = 0;
    this.outbox = store.get('outbox') ?? []; // {id, body, error}
    this.items = new Map(); // list items of unsent messages
    this.draft = new Draft({ item: draft, status: thinking, onGrow: () => this.scroll.grow(draft) });
    this.began = Date.now();
    for (const entry of this.outbox) this.showUnsent(entry);
  }

  // start shows the stored messages and stays up to date.
  async start() {
    const conv = session.conv;
    if (!conv || this.conv === conv) return;
    if (this.conv) this.stop();
    this.conv = conv;
    await this.load();
    if (this.conv !== conv) return;
    this.tabs = new Tabs(conv, {
      onLead: () => this.lead(),
      onResign: () => { this.link?.stop(); this.link = null; },
      onMessage: (data) => this.heard(data),
    });
    if (!this.tabs.leader) this.fill();
    this.flush();
    this.onStart();
  }

  stop() {
    this.tabs?.close();
    this.link?.stop();
    this.tabs = this.link = this.conv = null;
    clearTimeout(this.reload);
    clearTimeout(this.retry);
    this.sending = null;
  }

  // clear empties the screen for another conversation.
  clear() {
    this.stop();
    this.log.replaceChildren();
    this.items.clear();
    this.ended = null;
    this.last = this.first = 0;
    this.draft.clear();
    for (const entry of this.outbox) this.showUnsent(entry);
  }

  lead() {
    const conv = this.conv;
    this.link = new Link({
      conv,
      cursor: () => this.last,
      onFrame: (frame) => {
        this.receive(frame);
        if (frame.t !== 'welcome' && frame.t !== 'pong') this.tabs?.say({ type: 'frame', frame });
      },
      onState: (state) => {
        this.setState(state);
        this.tabs?.say({ type: 'state', state });
        if (state === 'open') this.flush();
        if (state === 'refused') this.fill(); // who may no longer read is told there as everywhere: it has ended
      },
      onLost: () => this.lost(),
    });
  }

  heard(data) {
    if (data.type === 'frame') this.receive(data.frame);
    if (data.type === 'tell') this.link?.send(data.frame);
    if (data.type === 'state') {
      this.setState(data.state);
      if (data.state === 'open') this.flush();
    }
  }

  // tell sends a frame that may be lost, through the leading tab where this one is not it.
  tell(t, d) {
    const frame = { t, conv: this.conv, d };
    if (this.conv && !this.link?.send(frame)) this.tabs?.say({ type: 'tell', frame });
  }

  // retake takes the connection back that another page has taken.
  retake() { this.link?.again(); }

  setState(state) {
    this.state = state;
    this.network();
  }

  // network tells the page how things stand, also when only the browser's own network came or went.
  network() { this.onState(this.state); }

  // seen is called when the person looks at the tab again.
  seen() {
    this.tabs?.check();
    if (this.tabs && !this.tabs.leader) this.fill();
    this.flush();
    if (this.last && document.visibilityState === 'visible') this.tell('ack', { upto: this.last, read: true });
  }

  // load shows the last messages; it tries until the server has answered.
  async load() {
    this.loading = true;
    this.log.setAttribute('aria-busy', 'true'); // a history is not news
    try {
      const { events, head_seq: head } = await call('GET', `/v1/conv/${this.conv}/messages?limit=${PAGE}`);
      this.log.replaceChildren(...(this.ended ? [this.ended] : []));
      for (const entry of this.outbox) if (this.items.has(entry.id)) this.log.append(this.items.get(entry.id));
      this.last = 0;
      // What this page has just sent is news, and so is an answer that was faster than this request.
      const news = events.findIndex(({ d }) => this.items.has(d.client_msg_id));
      const old = news < 0 ? events : events.slice(0, news);
      for (const frame of old) this.append(frame);
      this.first = events.length ? events[0].seq : 0;
      this.offerEarlier();
      settle(this.log);
      this.setState('open');
      this.bottom();
      this.log.removeAttribute('aria-busy');
      for (const frame of events.slice(old.length)) this.append(frame);
      this.last = Math.max(this.last, head);
    } catch (error) {
      if (error.code === 'auth' || error.code === 'not_found') { this.lost(); return; }
      this.setState('closed');
      await new Promise((resolve) => { this.reload = setTimeout(resolve, RETRY_AFTER); });
      if (this.conv) await this.load();
    } finally {
      this.loading = false;
      this.log.removeAttribute('aria-busy');
    }
  }

  offerEarlier() {
    this.log.querySelector('.earlier')?.remove();
    if (this.first <= 1) return;
    const more = element('button', 'link', '看更早的谈话');
    more.type = 'button';
    more.addEventListener('click', () => this.earlier());
    this.log.prepend(element('li', 'earlier', more));
  }

  async earlier() {
    const { events } = await call('GET', `/v1/conv/${this.conv}/messages?before_seq=${this.first}&limit=${PAGE}`).catch(() => ({ events: [] }));
    if (!events.length) return;
    this.log.setAttribute('aria-busy', 'true');
    this.log.querySelector('.earlier')?.remove();
    this.log.prepend(...events.map(message));
    settle(this.log);
    this.first = events[0].seq;
    this.offerEarlier();
    this.log.removeAttribute('aria-busy');
  }

  // receive takes every frame, from the link or from the leading tab. Each tab keeps its own order by seq.
  receive(frame) {
    if (frame.conv && frame.conv !== this.conv) return;
    switch (frame.t) {
      case 'msg':
        if (frame.seq === this.last + 1) this.append(frame);
        else if (frame.seq > this.last) this.fill();
        break;
      case 'reset':
        this.load().then(() => this.link?.send({ t: 'sub', conv: this.conv, d: { after_seq: this.last } }));
        break;
      case 'pong':
        if (frame.d.heads?.[this.conv] > this.last) this.fill();
        break;
      case 'ack':
        this.stored(frame.d.client_msg_id, frame.d.seq);
        break;
      case 'nack':
        this.refused(frame.d.client_msg_id, frame.d);
        break;
      case 'bot.delta':
        this.draft.add(frame.d);
        break;
      case 'region':
        this.onRegion(frame.d);
        break;
      case 'error':
        if (REFUSED.includes(frame.d.code)) this.fill(); // which tells for sure whether it is over
        break;
    }
    if (frame.t !== 'msg') this.onFrame(frame); // messages are told of when they are shown
  }

  // fill reads what this tab has missed. load reads all of it.
  async fill() {
    if (this.filling || this.loading || !this.conv) return;
    this.filling = true;
    try {
      const { events, reset } = await call('GET', `/v1/conv/${this.conv}/events?after_seq=${this.last}`);
      if (reset) await this.load();
      for (const frame of events) if (frame.seq === this.last + 1) this.append(frame);
    } catch (error) {
      if (error.code === 'auth' || error.code === 'not_found') this.lost();
    } finally {
      this.filling = false;
    }
  }

  append(frame) {
    this.last = frame.seq;
    const news = !this.log.hasAttribute('aria-busy');
    const follow = this.scroll.attends();
    const kind = frame.d.sender.kind;
    const at = news ? this.draft.readAt(frame) : null;
    if (kind === 'user') this.stored(frame.d.client_msg_id);
    const item = message(frame);
    item.dataset.seq = frame.seq;
    const firstUnsent = this.items.values().next().value;
    if (firstUnsent) this.log.insertBefore(item, firstUnsent);
    else this.log.append(item);
    settle(this.log);
    this.draft.count(frame);
    if (at !== null) this.scroll.keep(item, at);
    else if (news && follow) this.scroll.reveal(item, kind);
    this.scroll.follows = this.scroll.nearEnd();
    if (news && kind !== 'user') {
      const visible = document.visibilityState === 'visible';
      if (this.link || visible) this.tell('ack', { upto: frame.seq, read: visible });
      this.onUnread();
    }
    if (news) this.onFrame(frame);
    this.remind();
  }

  // remind says again that nobody is there, every two hours. It would be wrong where somebody is.
  remind() {
    if (this.draft.human || Date.now() - this.began < REMIND_EVERY) return;
    this.began = Date.now();
    this.log.append(notice('提醒您：小禾是 AI，不是真人。要找人，请按「我现在需要帮助」。'));
  }

  bottom() { this.scroll.bottom(); }

  // say puts a message into the outbox; it stays there until the server has it.
  say(body) {
    const entry = { id: randomID(), body };
    this.outbox.push(entry);
    this.save();
    this.showUnsent(entry);
    this.bottom();
    this.flush();
  }

  save() { store.set('outbox', this.outbox); }

  showUnsent(entry) {
    const item = unsent(entry, { onRetry: () => this.again(entry), onRemove: () => this.takeBack(entry) });
    const old = this.items.get(entry.id);
    this.items.set(entry.id, item);
    if (old?.isConnected) old.replaceWith(item);
    else this.log.append(item);
    settle(this.log);
  }

  again(entry) {
    entry.error = '';
    entry.id = this.rename(entry);
    this.showUnsent(entry);
    this.save();
    this.flush();
  }

  // rename gives a refused message a new id: the old one may belong to other words.
  rename(entry) {
    const item = this.items.get(entry.id);
    this.items.delete(entry.id);
    const id = randomID();
    if (item) this.items.set(id, item);
    return id;
  }

  takeBack(entry) {
    this.forget(entry.id);
    this.onTakeBack(entry.body);
  }

  forget(id) {
    if (this.sending === id) this.sending = null;
    this.outbox = this.outbox.filter((e) => e.id !== id);
    this.save();
    this.items.get(id)?.remove();
    this.items.delete(id);
    settle(this.log);
  }

  // flush sends the oldest message that may be sent; the next one goes when it is stored, so the order stays.
  async flush() {
    const entry = this.outbox.find((e) => !e.error && !e.stored);
    if (!entry || this.sending) return;
    this.sending = entry.id;
    clearTimeout(this.retry);
    try {
      const conv = await session.ensure();
      if (this.conv !== conv) this.start();
      const d = { client_msg_id: entry.id, kind: 'text', body: entry.body };
      if (this.link?.send({ t: 'msg.send', conv, d })) {
        this.retry = setTimeout(() => this.tryAgain(0), ACK_WITHIN);
        return;
      }
      const { seq } = await call('POST', `/v1/conv/${conv}/messages`, d);
      this.setState('open');
      this.stored(entry.id, seq);
    } catch (error) {
      if (error.code === 'auth' || error.code === 'not_found') { this.lost(); return; }
      this.refused(entry.id, { code: error.code ?? 'offline', message: error.message, retry_after_ms: error.retryAfter });
    }
  }

  tryAgain(wait) {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => { this.sending = null; this.flush(); }, wait);
  }

  // stored ends a send. Where the stored message itself has not come yet, it is fetched.
  stored(id, seq = 0) {
    if (this.sending === id) {
      this.sending = null;
      clearTimeout(this.retry);
    }
    const entry = this.outbox.find((e) => e.id === id);
    if (!entry) return;
    if (seq > this.last) {
      entry.stored = true;
      this.save();
      this.fill();
    } else {
      this.forget(id);
    }
    this.flush();
  }

  refused(id, { code, message: text, retry_after_ms: wait }) {
    const entry = this.outbox.find((e) => e.id === id);
    if (!entry) return;
    if (REFUSED.includes(code)) { // no longer this person's: nothing else may be told of it
      this.lost();
      return;
    }
    if (AGAIN.includes(code)) {
      entry.waiting = code === 'offline';
      if (code === 'offline') this.setState('closed');
      this.showUnsent(entry);
      this.tryAgain(Math.max(wait || 0, RETRY_AFTER));
      return;
    }
    entry.error = text;
    this.sending = null;
    this.save();
    this.showUnsent(entry);
    this.flush();
  }

  // lost begins anew after the visit has ended on the server. Its words leave the screen: somebody else may sit here
  // by now. Unsent messages go into the new visit.
  lost() {
    if (!this.conv && !session.conv) return;
    session.lost();
    const had = this.log.querySelector('.message') !== null;
    this.clear();
    this.onLost();
    if (had) {
      this.ended = notice('离开太久，刚才的谈话已经结束。接着问就是新的谈话。');
      this.log.prepend(this.ended);
    }
    this.flush();
  }
}
