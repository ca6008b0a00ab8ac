// The conversation on the screen: what is stored in order of seq, what is still to be sent, who reads and who writes.
import { button, element } from './dom.js';
import { ask } from './console_api.js';
import { message, unsent } from './console_message.js';

const PAGE = 100;
const NEAR = 160; // px from the end within which new messages pull the view along
const RETRY_AFTER = 3000;
const TYPING_ENDS = 6000;

export class Chat {
  // onSpeak is told when the family has said something new.
  constructor({ log, scroller, typing, outbox, me, onSpeak, onTakeBack }) {
    Object.assign(this, { log, scroller, typing, outbox, me, onSpeak, onTakeBack });
    this.conv = null;
    this.clear();
  }

  clear() {
    this.frames = new Map(); // by seq
    this.spans = new Map(); // evidence by seq
    this.marks = { delivered: 0, read: 0 }; // how far the family has come
    this.last = this.first = 0;
    this.log.replaceChildren();
    this.typing.textContent = '';
    this.pending = [];
  }

  // open shows another conversation; it tries until the server has answered.
  async open(conv, link) {
    this.link = link;
    if (this.conv === conv) return;
    if (this.conv) link.unwatch(this.conv);
    this.conv = conv;
    this.clear();
    if (!conv) return;
    this.log.setAttribute('aria-busy', 'true'); // a history is not news
    await this.load();
    if (this.conv !== conv) return;
    this.log.removeAttribute('aria-busy');
    link.watch();
  }

  async load() {
    const { conv } = this;
    try {
      const { events, head_seq: head } = await ask('GET', `/conv/${conv}/messages?limit=${PAGE}`);
      if (this.conv !== conv) return;
      this.frames.clear();
      this.log.replaceChildren();
      for (const frame of events) this.add(frame);
      this.first = events[0]?.seq ?? 0;
      this.last = Math.max(head ?? 0, events.at(-1)?.seq ?? 0);
      this.offerEarlier();
      this.showUnsent();
      this.bottom();
      this.acknowledge();
    } catch (error) {
      if (!error.code) throw error;
      if (this.conv !== conv) return;
      if (['not_found', 'forbidden', 'auth'].includes(error.code)) {
        this.hint('这次谈话现在不归您看。');
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER));
      if (this.conv === conv) await this.load();
    }
  }

  // hint stands in place of the messages.
  hint(text) { this.log.replaceChildren(element('li', 'message system', element('p', 'words', text))); }

  offerEarlier() {
    this.log.querySelector('.earlier')?.remove();
    if (this.first > 1) this.log.prepend(element('li', 'earlier', button('看更早的谈话', 'link', () => this.earlier())));
  }

  async earlier() {
    const { conv } = this;
    const { events } = await ask('GET', `/conv/${conv}/messages?before_seq=${this.first}&limit=${PAGE}`).catch(() => ({ events: [] }));
    if (this.conv !== conv || !events.length) return;
    this.log.setAttribute('aria-busy', 'true');
    const height = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.log.querySelector('.earlier')?.remove();
    this.log.prepend(...events.map((frame) => this.item(frame)));
    this.first = events[0].seq;
    this.offerEarlier();
    this.scroller.scrollTop = this.scroller.scrollHeight - height;
    this.log.removeAttribute('aria-busy');
  }

  // receive takes the frames of the open conversation.
  receive(frame) {
    if (!this.conv || frame.conv !== this.conv) return;
    switch (frame.t) {
      case 'msg':
        if (frame.seq === this.last + 1) this.news(frame);
        else if (frame.seq > this.last) this.fill();
        break;
      case 'caught_up':
        this.acknowledge();
        break;
      case 'reset':
        this.load().then(() => this.link.watch());
        break;
      case 'read':
        if (frame.d.who === 'user') this.mark(frame.d);
        break;
      case 'typing':
        this.writes(frame.d);
        break;
    }
  }

  // heads: the server tells how far each conversation has come; what is missing here is fetched.
  heads(heads) { if (this.conv && heads?.[this.conv] > this.last) this.fill(); }

  async fill() {
    const { conv } = this;
    if (this.filling || !conv) return;
    this.filling = true;
    try {
      const { events, reset } = await ask('GET', `/conv/${conv}/events?after_seq=${this.last}`);
      if (this.conv !== conv) return;
      if (reset) await this.load();
      for (const frame of events) if (frame.seq === this.last + 1) this.news(frame);
    } catch (error) {
      if (!error.code) throw error; // a refusal of the server: the next frame tries again
    } finally {
      this.filling = false;
    }
  }

  news(frame) {
    const follow = this.nearBottom();
    this.last = frame.seq;
    this.hideTwin(frame);
    this.add(frame);
    if (frame.d.sender.kind === 'user') {
      this.writes({ who: 'user', on: false });
      this.onSpeak(frame);
    }
    if (follow) this.bottom();
    this.acknowledge();
  }

  item(frame) {
    this.frames.set(frame.seq, frame);
    return message(frame, this.spans.get(frame.seq));
  }

  add(frame) {
    const item = this.item(frame);
    if (this.pending.length && this.pending[0].isConnected) this.log.insertBefore(item, this.pending[0]);
    else this.log.append(item);
    this.showMarks();
  }

  // evidence marks what triage found, also in messages that are shown already.
  evidence(all) {
    const before = new Map(Array.from(this.spans, ([seq, list]) => [seq, JSON.stringify(list)]));
    this.spans = new Map();
    for (const { seq, from, to, rule, source } of all) {
      if (!(from < to)) continue; // no stretch of it
      this.spans.set(seq, [...(this.spans.get(seq) ?? []), { from, to, rule, source }]);
    }
    for (const seq of new Set([...before.keys(), ...this.spans.keys()])) {
      const frame = this.frames.get(seq);
      if (!frame || before.get(seq) === JSON.stringify(this.spans.get(seq))) continue;
      this.log.querySelector(`[data-seq="${seq}"]`)?.querySelector('.words').replaceWith(message(frame, this.spans.get(seq)).querySelector('.words'));
    }
  }

  // jump shows the message that something rests on.
  async jump(seq) {
    while (this.first > 1 && seq < this.first) {
      const { first } = this;
      await this.earlier();
      if (this.first === first) return;
    }
    const item = this.log.querySelector(`[data-seq="${seq}"]`);
    if (!item) return;
    item.scrollIntoView({ block: 'center' });
    item.focus({ preventScroll: true });
  }

  acknowledge() {
    if (!this.last || document.visibilityState !== 'visible') return;
    this.link.send({ t: 'ack', conv: this.conv, d: { upto: this.last, read: true } });
  }

  mark({ delivered = 0, read = 0 }) {
    this.marks = { delivered: Math.max(this.marks.delivered, delivered, read), read: Math.max(this.marks.read, read) };
    this.showMarks();
  }

  showMarks() {
    for (const state of this.log.querySelectorAll('.worker:not(.unsent) > .state')) {
      const seq = Number(state.parentElement.dataset.seq);
      state.textContent = seq <= this.marks.read ? '对方看过了' : seq <= this.marks.delivered ? '送到了' : '发出了';
    }
  }

  writes({ who, name, on }) {
    clearTimeout(this.quiet);
    this.typing.textContent = !on ? '' : who === 'user' ? '家里人正在写…' : name === this.me.name ? '' : `${name} 正在写…`;
    if (on) this.quiet = setTimeout(() => { this.typing.textContent = ''; }, TYPING_ENDS);
  }

  // hideTwin takes away the unsent look of words that have just come back from the server.
  hideTwin(frame) {
    if (frame.d.sender.kind !== 'worker') return;
    this.pending = this.pending.filter((item) => {
      const same = frame.d.client_msg_id ? item.dataset.id === frame.d.client_msg_id : item.querySelector('.words').textContent === frame.d.body;
      if (same) item.remove();
      return !same;
    });
  }

  showUnsent() {
    for (const item of this.pending) item.remove();
    if (!this.conv) return;
    this.pending = this.outbox.of(this.conv).map((entry) => {
      const item = unsent(entry, { onRetry: () => this.outbox.again(entry), onTakeBack: () => { this.outbox.remove(entry); this.onTakeBack(entry.body); } });
      item.dataset.id = entry.id;
      return item;
    });
    this.log.append(...this.pending);
    if (this.pending.length) this.bottom();
  }

  // stored: the server has words of ours. Their message comes by the socket as well, or is fetched now.
  stored(conv, receipt) {
    if (conv !== this.conv) return;
    this.showUnsent();
    if (receipt.seq > this.last) this.fill();
  }

  nearBottom() { return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR; }

  bottom() { this.scroller.scrollTop = this.scroller.scrollHeight; }
}
