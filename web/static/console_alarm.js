// Alarms: they ring until somebody has taken the ticket. Neither banner nor notification says anything of the family.
import { button, element } from './dom.js';
import { ask } from './console_api.js';
import { form } from './console_form.js';
import { badge } from './console_queue.js';
import { tab } from './console_keep.js';
import { Sound } from './console_sound.js';
import { LEVELS } from './console_words.js';

const CHECK_EVERY = 15000;
const MUTE = 15 * 60000; // the most that is allowed is 30 minutes; danger now can never be muted
const TEST = 2500;
const WAITING = ['queued', 'offered'];

export class Alarm {
  // bar takes the place of calm while something rings: neither moves the page.
  constructor(bar, calm, { onTake }) {
    Object.assign(this, { bar, calm, onTake });
    this.ringing = new Map(); // ticket -> alert
    this.trouble = ''; // why nothing may be heard of now
    this.sound = new Sound(() => this.show());
    this.title = document.title;
    setInterval(() => this.check(), CHECK_EVERY);
    setInterval(() => this.blink(), 1000);
    this.show();
  }

  // linked takes the words for a connection that is down, or nothing.
  linked(trouble) {
    this.trouble = trouble;
    this.show();
  }

  get mutedUntil() { return tab.get('muted') ?? 0; }

  // add takes an alert frame; the same ticket comes again and again while it waits.
  add(alert) {
    const known = this.ringing.get(alert.ticket);
    this.ringing.set(alert.ticket, alert);
    this.show();
    if (!known || alert.priority < known.priority || alert.rung > known.rung) this.notify(alert);
  }

  stop(ticket) { if (this.ringing.delete(ticket)) this.show(); }

  // counts are how many wait by priority: where none does, nothing rings.
  counts(counts) {
    for (const { ticket, priority } of [...this.ringing.values()]) {
      if (!counts.some((c) => c.priority === priority && c.waiting > 0)) this.stop(ticket);
    }
    this.check();
  }

  // check asks whether what rings still waits. What the server cannot tell now goes on ringing.
  async check() {
    for (const id of [...this.ringing.keys()]) {
      try {
        const { ticket } = await ask('GET', `/tickets/${id}`);
        if (!WAITING.includes(ticket.state)) this.stop(id);
      } catch (error) {
        if (!error.code) throw error;
        if (error.code === 'not_found') this.stop(id);
      }
    }
  }

  get worst() { return Math.min(...Array.from(this.ringing.values(), (a) => a.priority)); }

  show() {
    const all = [...this.ringing.values()].sort((a, b) => a.priority - b.priority);
    this.bar.hidden = !all.length;
    this.calm.textContent = this.trouble || (this.sound.ready ? '现在没有警报在响。' : '现在没有警报在响。铃声还没打开：在这一页上点一下就好。');
    this.calm.classList.toggle('warn', Boolean(this.trouble));
    if (all.length) this.bar.dataset.ringing = 'true';
    else delete this.bar.dataset.ringing;
    this.list(all);
    const muted = this.worst > 0 && Date.now() < this.mutedUntil;
    if (!all.length || muted) this.sound.stop();
    else this.sound.play(this.worst === 0 ? 'urgent' : 'calm');
    clearTimeout(this.unmute);
    if (all.length && muted) this.unmute = setTimeout(() => this.show(), this.mutedUntil - Date.now());
    if (!all.length) document.title = this.title;
    else this.blink();
  }

  list(all) {
    const key = all.map((a) => [a.ticket, a.priority].join()).join(';') + (Date.now() < this.mutedUntil) + this.sound.ready;
    if (key === this.key) return; // made anew, it would take the focus from its buttons
    this.key = key;
    if (!all.length) {
      this.bar.replaceChildren();
      return;
    }
    const [worst] = all; // the others come when it is taken
    const hints = [all.length > 1 ? `还有 ${all.length - 1} 张在响` : '', this.sound.ready ? '' : '铃声没打开，点一下页面就响'].filter(Boolean);
    this.bar.replaceChildren(element('p', 'alarm', element('strong', '', `有紧急求助 ${LEVELS[worst.priority].name}`), badge(worst.priority),
      element('span', 'no', `工单 ${worst.no}`), hints.length ? element('span', 'small', hints.join('。')) : ''), button('我来接', 'primary danger', () => this.onTake(worst)));
    if (this.worst === 0) return;
    this.bar.append(Date.now() < this.mutedUntil ? element('span', 'small', '已静音') : button('静音', 'ghost', () => this.mute()));
  }

  mute() {
    tab.set('muted', Date.now() + MUTE);
    this.show();
  }

  blink() {
    if (!this.ringing.size) return;
    const call = `（${this.ringing.size}）有紧急求助 ${LEVELS[this.worst].name}`;
    document.title = document.title === call ? `${LEVELS[this.worst].shape} ${call}` : call;
  }

  notify({ priority, ticket }) {
    navigator.vibrate?.([300, 150, 300, 150, 300]);
    if (!('Notification' in window) || Notification.permission !== 'granted') return;
    const note = new Notification(`有紧急求助 ${LEVELS[priority].name}`, { tag: ticket, requireInteraction: priority === 0, renotify: true });
    note.onclick = () => { window.focus(); note.close(); };
  }

  // test is the check at the begin of a shift: the sound is heard, and notifications are allowed.
  async test() {
    const notes = element('p', 'small');
    const told = () => {
      const state = 'Notification' in window ? Notification.permission : 'none';
      notes.textContent = { granted: '桌面通知：已经打开。', denied: '桌面通知：被浏览器关掉了，要在地址栏旁边打开。', default: '桌面通知：还没打开。', none: '这个浏览器没有桌面通知。' }[state];
    };
    told();
    const ring = button('试一下铃声', 'ghost', async () => {
      await this.sound.wake();
      this.sound.play('urgent');
      setTimeout(() => this.show(), TEST);
      if ('Notification' in window && Notification.permission === 'default') await Notification.requestPermission();
      told();
    });
    await form({
      title: '上班前试一下铃声', submit: '听到了，开始上班',
      intro: ['有紧急求助时，这一页会一直响，直到有人接。先试一下声音够不够大。', ring, notes],
    });
    this.show();
  }
}
