// How a wish for a person stands, in the line above the composer: who is writing, how many wait, and what can be done
// meanwhile. The server knows; a wish that was made without a network waits here.
import { call } from './api.js';
import { button } from './dom.js';
import { session } from './session.js';
import { store } from './storage.js';

const REFRESH_EVERY = 30000; // ms
const RETRY_AFTER = 3000;
const HELD = ['claimed', 'transferring'];
const NEWS = ['ticket', 'welcome', 'reset'];
const ENDED = ['returned', 'closed'];
const COUNTRY = '100000'; // the region of whoever has not said where

export class Handover {
  // onHuman is told who holds the conversation, '' where 小禾 does; onMarks how far that person has read; onRate which
  // ticket may be rated; onNowhere whether a person is waited for who does not know where. onCallback opens the form for a
  // call.
  constructor({ chat, box, onHuman, onMarks, onRate, onNowhere, onCallback }) {
    Object.assign(this, { chat, onHuman, onMarks, onRate, onNowhere, onCallback });
    this.box = box;
    this.line = box.querySelector('.handover-text');
    this.acts = box.querySelector('.handover-acts');
    this.asked = 0; // requests for the standing: only the last one's answer counts
    setInterval(() => { if (this.open && document.visibilityState === 'visible') this.refresh(); }, REFRESH_EVERY);
  }

  get open() { return Boolean(this.standing?.ticket) && !ENDED.includes(this.standing.ticket.state); }

  get path() { return `/v1/conv/${session.conv}/handoff`; }

  // refresh asks how things stand.
  async refresh() {
    const conv = session.conv;
    if (!conv) return;
    const turn = ++this.asked;
    try {
      const standing = await call('GET', this.path);
      if (turn === this.asked && conv === session.conv) this.show(standing);
    } catch (error) {
      if (error.code === 'not_found' && conv === session.conv) this.chat.lost(); // it is no longer this person's
    }
  }

  // hear takes what the chat receives: frames of the ticket and the lines that tell of it, and that a connection stands
  // again.
  hear(frame) {
    if (NEWS.includes(frame.t) || frame.t === 'msg' && frame.d.meta?.handoff) this.refresh();
  }

  // seen is called when the network or the person is back.
  seen() {
    this.flush();
    this.refresh();
  }

  clear() {
    this.asked++;
    this.worker = '';
    this.show(null);
  }

  show(standing) {
    this.standing = standing?.ticket ? standing : null;
    const state = this.standing?.ticket.state;
    const held = HELD.includes(state);
    this.onHuman(held ? standing.worker || '社工' : '');
    this.onMarks(held ? standing.read : null);
    this.worker = standing?.worker || this.worker; // an ended ticket has no owner any more
    this.onRate(this.standing?.can_rate ? { ...standing, worker: this.worker } : null);
    this.onNowhere(this.open && !held && (store.get('region')?.code ?? COUNTRY) === COUNTRY);
    this.draw();
  }

  // draw shows what counts most: what is still to be sent, who writes, what is waited for.
  draw() {
    const { standing } = this;
    const state = standing?.ticket.state;
    if (this.leaving && this.open && standing.can_withdraw) return; // a question is on the screen
    this.leaving = false;
    document.body.classList.toggle('person-called', this.open || Boolean(store.get('wish')));
    if (store.get('wish')) this.say('wish', this.wishText(), [button('不找了', 'quiet', () => this.forget())]);
    else if (HELD.includes(state)) this.say('human', `现在和您说话的是${person(standing.worker)}（真人）`, []);
    else if (this.open) this.say(standing.ticket.urgent ? 'waiting urgent' : 'waiting', this.text(), this.choices());
    else this.say('', '', []);
  }

  // text is the server's sentence; where a call is agreed on, its time counts more.
  text() {
    const { ticket, text, callback } = this.standing;
    const time = agreedTime(callback);
    return ticket.state === 'callback' && time ? '社工会再联系您。' + time : text + time;
  }

  wishText() {
    return navigator.onLine ? '正在帮您找社工…' : '没有网络。一连上，就帮您找社工。急事先打 110 或 120。';
  }

  choices() {
    const { callback, can_withdraw: may } = this.standing;
    const acts = [button(callback?.contact === 'phone' ? '改回电话的时间' : '留个回电话的时间', 'soft', () => this.onCallback(this.standing.callback))];
    if (may) acts.push(button('不等了', 'quiet', () => this.sure()));
    return acts;
  }

  // sure asks once more: whoever leaves the queue by mistake loses the place in it.
  sure() {
    this.leaving = true;
    const stay = button('接着等', 'soft', () => this.stay());
    this.say('waiting', '不等了吗？社工就不来了，小禾（AI）接着回答您。', [stay, button('真的不等了', 'quiet', () => this.withdraw().catch((error) => this.say('waiting', error.message, [button('知道了', 'soft', () => this.draw())])))]);
    stay.focus({ preventScroll: true });
  }

  stay() {
    this.leaving = false;
    this.draw();
  }

  // say changes only what says something else: the line is read out, and a button may be about to be pressed.
  say(kind, text, acts) {
    this.box.hidden = !text;
    this.box.className = `handover ${kind}`.trim();
    if (this.line.textContent !== text) this.line.textContent = text;
    const labels = acts.map((a) => a.textContent).join('|');
    if (labels === this.labels) return;
    this.labels = labels;
    this.acts.replaceChildren(...acts);
    this.acts.hidden = !acts.length;
  }

  // ask opens a ticket without a word being typed. Without a network the wish waits.
  ask() {
    store.set('wish', true);
    this.draw();
    this.flush();
  }

  forget() {
    store.remove('wish');
    clearTimeout(this.retry);
    this.draw();
  }

  async flush() {
    clearTimeout(this.retry);
    if (!store.get('wish') || this.sending) return;
    this.sending = true;
    try {
      const conv = await session.ensure();
      if (this.chat.conv !== conv) this.chat.start();
      const standing = await call('POST', this.path, {});
      store.remove('wish');
      this.asked++;
      this.show(standing);
      this.chat.bottom();
    } catch (error) {
      if (error.code === 'auth' || error.code === 'not_found') this.chat.lost();
      if (store.get('wish')) this.retry = setTimeout(() => this.flush(), Math.max(error.retryAfter || 0, RETRY_AFTER));
      this.draw();
    } finally {
      this.sending = false;
    }
  }

  withdraw() {
    this.leaving = false;
    return this.act('DELETE', '');
  }

  callback(wish) { return this.act('POST', '/callback', wish); }

  rate(rating) { return this.act('POST', '/rating', rating); }

  // act changes the ticket. Where somebody was faster it throws, and what is shown next is how things stand then.
  async act(method, path, body) {
    try {
      const standing = await call(method, this.path + path, body);
      this.asked++;
      this.show(standing);
    } catch (error) {
      if (error.code !== 'offline') this.refresh();
      throw error;
    }
  }
}

const TIME = new Intl.DateTimeFormat('zh-CN', { month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit', hour12: false });
const CLOCK = new Intl.DateTimeFormat('zh-CN', { hour: 'numeric', minute: '2-digit', hour12: false });

// agreedTime is when a call was asked for, in words.
function agreedTime(callback) {
  if (callback?.contact !== 'phone' || !callback.window_from) return '';
  return `电话时间：${TIME.format(new Date(callback.window_from))} 到 ${CLOCK.format(new Date(callback.window_to))}。`;
}

// person is a worker as a family reads it.
export function person(name) { return !name || name.startsWith('社工') ? name || '社工' : '社工' + name; }
