// Alarms: they ring until somebody has taken the ticket, and remind whoever lets a family wait. Neither banner nor
// notification says anything of the family.
import { button, element } from './dom.js';
import { ask, once } from './console_api.js';
import { form } from './console_form.js';
import { badge } from './console_queue.js';
import { tab } from './console_keep.js';
import { Sound } from './console_sound.js';
import { LEVELS, WAITING } from './console_words.js';

const CHECK_EVERY = 15000;
const MUTE = 15 * 60000; // the most that is allowed is 30 minutes; danger now can never be muted
const TEST = 2500;

// What an alert calls for, as the banner says it. A claim rings until somebody has made it; the others are for whoever has
// the ticket, and for supervisors: they sound once.
const CALLS = { claim: '有紧急求助', reply: '家里人在等回话', raised: '手上的工单变急了' };

const claims = ({ calls }) => calls === 'claim';

const call = ({ calls, priority }) => `${CALLS[calls]} ${LEVELS[priority].name}`;

export class Alarm {
  // bar takes the place of calm while something calls: neither moves the page. onTake and onOpen get the alert that a
  // person answers.
  constructor(bar, calm, { onTake, onOpen }) {
    Object.assign(this, { bar, calm, onTake, onOpen });
    this.alerts = new Map(); // by ticket
    this.trouble = ''; // why nothing may be heard of now
    this.sound = new Sound(() => this.show());
    this.title = document.title;
    this.check = once(() => this.look());
    setInterval(this.check, CHECK_EVERY);
    setInterval(() => this.blink(), 1000);
    this.show();
  }

  // linked takes the words for a connection that is down, or nothing.
  linked(trouble) {
    this.trouble = trouble;
    this.show();
  }

  get mutedUntil() { return tab.get('muted') ?? 0; }

  muted({ priority }) { return priority > 0 && Date.now() < this.mutedUntil; }

  // add takes an alert frame; a claim comes again and again while it waits.
  add(frame) {
    const alert = { calls: 'claim', ...frame };
    const known = this.alerts.get(alert.ticket);
    this.alerts.set(alert.ticket, alert);
    this.show();
    if (claims(alert) && known && claims(known) && alert.priority >= known.priority && alert.rung <= known.rung) return;
    this.notify(alert);
    if (!claims(alert) && !this.muted(alert)) this.sound.once('reply');
  }

  stop(ticket) { if (this.alerts.delete(ticket)) this.show(); }

  // counts are how many wait by priority: where none does, nothing is to be claimed.
  counts(counts) {
    for (const alert of [...this.alerts.values()]) {
      if (claims(alert) && !counts.some((c) => c.priority === alert.priority && c.waiting > 0)) this.stop(alert.ticket);
    }
    this.check();
  }

  // look asks whether what called still does. What the server cannot tell now goes on.
  async look() {
    for (const id of [...this.alerts.keys()]) {
      try {
        const detail = await ask('GET', `/tickets/${id}`);
        if (this.alerts.has(id) && !waits(this.alerts.get(id), detail)) this.stop(id);
      } catch (error) {
        if (!error.code) throw error;
        if (error.code === 'not_found') this.stop(id);
      }
    }
  }

  // show puts what is to be claimed before what somebody has, and the most urgent first.
  show() {
    const all = [...this.alerts.values()].sort((a, b) => claims(b) - claims(a) || a.priority - b.priority);
    const [first] = all;
    const rings = all.some(claims);
    this.bar.hidden = !first;
    this.calm.textContent = this.trouble || (this.sound.ready ? '现在没有警报在响。' : '现在没有警报在响。铃声还没打开：在这一页上点一下就好。');
    this.calm.classList.toggle('warn', Boolean(this.trouble));
    if (rings) this.bar.dataset.ringing = 'true';
    else delete this.bar.dataset.ringing;
    this.first = first;
    this.list(all);
    const muted = first && this.muted(first);
    if (!rings || muted) this.sound.stop();
    else this.sound.play(first.priority === 0 ? 'urgent' : 'calm');
    clearTimeout(this.unmute);
    if (muted) this.unmute = setTimeout(() => this.show(), this.mutedUntil - Date.now());
    if (!first) document.title = this.title;
    else this.blink();
  }

  list(all) {
    const key = JSON.stringify([all.map((a) => [a.ticket, a.priority, a.calls]), Date.now() < this.mutedUntil, this.sound.ready]);
    if (key === this.key) return; // made anew, it would take the focus from its buttons
    this.key = key;
    if (!all.length) {
      this.bar.replaceChildren();
      return;
    }
    const [first, ...others] = all; // the others come when it is answered
    const more = others.filter(claims).length;
    const held = others.length - more;
    const behind = [more && `${more} 张在响`, held && `${held} 张在等回话`].filter(Boolean);
    const hints = [behind.length && `还有 ${behind.join('，')}`, claims(first) && !this.sound.ready && '点一下页面才有铃声'].filter(Boolean);
    this.bar.replaceChildren(element('p', 'alarm', element('strong', '', call(first)), badge(first.priority),
      element('span', 'no', `工单 ${first.no}`), hints.length ? element('span', 'small', hints.join('。')) : ''), this.answer(first));
    if (!claims(first) || first.priority === 0) return;
    this.bar.append(this.muted(first) ? element('span', 'small', '已静音') : button('静音', 'ghost', () => this.mute()));
  }

  // answer is the button of an alert: nobody takes what somebody has.
  answer(alert) {
    if (claims(alert)) return button('我来接', 'primary danger', () => this.onTake(alert));
    return button('打开', 'primary', () => {
      this.stop(alert.ticket);
      this.onOpen(alert);
    });
  }

  mute() {
    tab.set('muted', Date.now() + MUTE);
    this.show();
  }

  blink() {
    if (!this.first) return;
    const title = `（${this.alerts.size}）${call(this.first)}`;
    document.title = document.title === title ? `${LEVELS[this.first.priority].shape} ${title}` : title;
  }

  notify(alert) {
    navigator.vibrate?.([300, 150, 300, 150, 300]);
    if (!('Notification' in window) || Notification.permission !== 'granted') return;
    const note = new Notification(call(alert), { tag: alert.ticket, requireInteraction: claims(alert) && alert.priority === 0, renotify: true });
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

// waits tells whether an alert still calls, by its ticket: for a claim, or for an answer that is this person's to see to.
function waits({ calls }, { ticket, can }) {
  if (calls !== 'reply') return WAITING.includes(ticket.state);
  return Boolean(ticket.reply_due_at && (can?.reply || can?.reassign));
}
