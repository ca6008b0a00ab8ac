// The left column: how many wait, what is offered, what is mine; for supervisors everything. Rows are kept by ticket and
// made anew only where its epoch has changed. No row names the family.
import { button, element } from './dom.js';
import { now } from './console_api.js';
import { clock, left, since } from './console_time.js';
import { LEVELS, reason, skill, STATES, WAITING } from './console_words.js';

const OFFER_TIME = 20000; // ms that an offer stands

// badge says how urgent a ticket is, as shape and text.
export function badge(priority) {
  const level = LEVELS[priority] ?? LEVELS[3];
  const shape = element('span', 'shape', level.shape);
  shape.setAttribute('aria-hidden', 'true');
  const e = element('span', 'badge', shape, `${level.name} ${level.text}`);
  e.dataset.level = priority;
  return e;
}

// deadline is the time that matters now for a ticket.
export function deadline(t) {
  if (t.state === 'callback' && t.callback_at) return element('span', 'timer-text', `约在 ${clock(t.callback_at)} 回电`);
  if (WAITING.includes(t.state)) return left(t.due_at, '接单还剩', '接晚了');
  if (t.lease_until && !t.first_reply_at) return left(t.lease_until, '第一句话还剩', '还没回话，已过');
  if (t.reply_due_at) return left(t.reply_due_at, '回话还剩', '该回话了，已过');
  return element('span', 'timer-text', '等对方说话');
}

export class QueueView {
  // on is {open(id), claim(ticket), decline(ticket), accept(ticket), refuse(ticket)}.
  constructor(root, on) {
    Object.assign(this, { root, on });
    this.parts = Object.fromEntries(['offers', 'transfers', 'mine', 'all'].map((name) => [name, root.querySelector(`[data-part=${name}]`)]));
    this.counts = root.querySelector('#counts');
    this.filter = root.querySelector('#filter');
    this.filter?.addEventListener('input', () => this.fillAll());
    this.queue = {};
    this.current = null;
    setInterval(() => this.turn(), 250);
  }

  show(queue) {
    this.queue = queue;
    this.showCounts(queue.counts ?? []);
    this.fill('offers', queue.offers ?? [], (t) => this.offer(t));
    this.fill('transfers', queue.transfers ?? [], (t) => this.transfer(t));
    this.fill('mine', queue.mine ?? [], (t) => this.row(t, '', true));
    this.fillAll();
    this.select(this.current);
  }

  showCounts(counts) {
    this.counts.replaceChildren(...LEVELS.map((level, priority) => {
      const { waiting = 0, oldest_at: oldest } = counts.find((c) => c.priority === priority) ?? {};
      const number = element('b', 'number', String(waiting));
      const item = element('li', '', badge(priority), element('span', '', number, ' 位在等'));
      if (waiting && oldest) item.append(since(oldest, '最久'));
      item.classList.toggle('none', !waiting);
      return item;
    }));
  }

  fillAll() {
    if (!this.parts.all) return;
    const { level, state, words } = Object.fromEntries(new FormData(this.filter));
    const mine = new Set((this.queue.mine ?? []).map((t) => t.id));
    const wanted = (this.queue.all ?? []).filter((t) => !mine.has(t.id) && (level === '' || t.priority === Number(level)) && (state === '' || t.state === state)
      && words.trim().split(/\s+/).every((word) => [t.no, t.region_name, t.owner_name, reason(t.reason)].some((text) => text?.includes(word))));
    this.fill('all', wanted, (t) => this.row(t, t.owner_name, false));
    this.select(this.current);
  }

  // fill keeps the rows that have not changed, in the order of the list.
  fill(name, tickets, make) {
    const part = this.parts[name];
    if (!part) return;
    const list = part.querySelector('ul');
    const had = new Map(Array.from(list.children, (row) => [row.dataset.key, row]));
    const rows = tickets.map((t) => {
      const key = [t.id, t.epoch, t.priority, t.state, t.reply_due_at, t.first_reply_at, t.skills].join();
      const row = had.get(key) ?? make(t);
      Object.assign(row.dataset, { key, id: t.id });
      return row;
    });
    if (rows.length !== list.children.length || rows.some((row, i) => row !== list.children[i])) {
      const focus = list.contains(document.activeElement) ? document.activeElement : null;
      list.replaceChildren(...rows);
      if (focus?.isConnected) focus.focus();
      else if (focus) list.querySelector(`[data-id="${focus.closest('li').dataset.id}"] .entry`)?.focus();
    }
    part.querySelector('.amount').textContent = tickets.length ? String(tickets.length) : '';
    part.querySelector('.empty').hidden = tickets.length > 0;
    if (part.dataset.hides !== undefined) part.hidden = tickets.length === 0;
  }

  row(t, owner, mine) {
    const entry = button('', 'entry', () => this.on.open(t.id));
    entry.append(
      element('span', 'line', badge(t.priority), element('span', 'no', t.no)),
      element('span', 'why', reason(t.reason)),
      element('span', 'line small', element('span', '', t.region_name || '全国'), ...(t.skills ?? []).map((s) => element('span', 'tag', skill(s)))),
      element('span', 'line small', mine ? '' : element('span', '', owner ? `${STATES[t.state]}：${owner}` : STATES[t.state]), since(t.opened_at, '等了'), deadline(t)),
    );
    if (t.missing_skills?.length) entry.append(element('span', 'line small warn', `值班的人里没有会这些的：${t.missing_skills.map(skill).join('、')}`));
    return element('li', 'ticket', entry);
  }

  offer(t) {
    const item = this.row(t, '', true);
    const ring = element('span', 'ring');
    ring.setAttribute('role', 'timer');
    ring.setAttribute('aria-label', '还有多久要答复');
    ring.dataset.until = t.offer_until;
    item.classList.add('offer');
    item.append(element('div', 'answer', ring, button('我来接', 'primary', () => this.on.claim(t)), button('这次不接', 'ghost', () => this.on.decline(t))));
    return item;
  }

  transfer(t) {
    const item = this.row(t, '', true);
    item.classList.add('offer');
    item.append(element('p', 'small', `${t.owner_name} 请您接手：${t.transfer?.reason ?? ''}。点开看交接说明。`));
    if (t.transfer_until) item.append(element('p', 'small', left(t.transfer_until, '还有', '已过')));
    item.append(element('div', 'answer', button('我来接', 'primary', () => this.on.accept(t)), button('接不了', 'ghost', () => this.on.refuse(t))));
    return item;
  }

  // turn runs the rings of the offers down.
  turn() {
    for (const ring of this.root.querySelectorAll('.ring')) {
      const rest = Math.max(0, Date.parse(ring.dataset.until) - now());
      ring.style.setProperty('--left', Math.min(1, rest / OFFER_TIME)); // through the CSSOM, which the policy allows
      const seconds = String(Math.ceil(rest / 1000));
      if (ring.textContent !== seconds) ring.textContent = seconds;
    }
  }

  select(id) {
    this.current = id;
    for (const entry of this.root.querySelectorAll('.entry')) {
      const on = entry.closest('li').dataset.id === id;
      entry.classList.toggle('current', on);
      if (on) entry.setAttribute('aria-current', 'true');
      else entry.removeAttribute('aria-current');
    }
  }

  // move goes up or down through everything that can be opened.
  move(step) {
    const all = Array.from(this.root.querySelectorAll('.entry')).filter((entry) => entry.offsetParent);
    const at = all.indexOf(document.activeElement);
    all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
  }
}
