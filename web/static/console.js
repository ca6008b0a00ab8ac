// Wires the console: queue, conversation and panels show one ticket, and frames keep them up to date.
import { ask, once, setCSRF } from './console_api.js';
import { act, buttons } from './console_actions.js';
import { Alarm } from './console_alarm.js';
import { Chat } from './console_chat.js';
import { Composer } from './console_composer.js';
import { duty, frame, keySwitch, Notices } from './console_frame.js';
import { tab } from './console_keep.js';
import { help, keys } from './console_keys.js';
import { Link } from './console_link.js';
import { Outbox } from './console_outbox.js';
import { Panels } from './console_panels.js';
import { badge, deadline, QueueView } from './console_queue.js';
import { reason, STATES, WAITING } from './console_words.js';
import { element } from './dom.js';

const $ = (id) => document.getElementById(id);
const AGAIN_AFTER = 3000;
const NUMBER = /^\d{8}-\d+$/; // of a ticket
const DETAIL_EVERY = 2000; // ms between two readings of a ticket for what the family says

const notices = new Notices($('notice'));
let detail = null; // of the ticket on the screen
let wanted = null; // id of the ticket that was chosen last
let link = null;
let soon; // the timer of the next reading of the ticket
let given = null; // id of a ticket that I am changing, or have given away

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function who() {
  for (;;) {
    try {
      return await ask('GET', '/me');
    } catch (error) {
      if (!error.code || error.code === 'auth') throw error;
      $('link').textContent = error.message;
      await sleep(AGAIN_AFTER);
    }
  }
}

const me = await who();
setCSRF(me.csrf);

const outbox = new Outbox(me.id, {
  onChange: (conv) => { if (conv === chat.conv) chat.showUnsent(); },
  onStored: (conv, entry, receipt) => { chat.stored(conv, receipt); readDetail(); refresh(); },
});
const chat = new Chat({
  log: $('log'), scroller: $('scroller'), typing: $('typing'), outbox, me,
  onSpeak: () => { clearTimeout(soon); soon = setTimeout(readDetail, DETAIL_EVERY); },
  onTakeBack: (body) => composer.takeBack(body),
});
const composer = new Composer($('composer'), {
  onSend: (body) => { outbox.add(detail.ticket.conversation, body); chat.bottom(); },
  onTyping: (on) => {
    if (!chat.conv) return;
    link.send({ t: 'typing', conv: chat.conv, d: { on } });
    present(on);
  },
});
const panels = new Panels($('panels'), { jump: (seq) => { view('chat'); chat.jump(seq); }, open: (id) => show(id), changed: () => { panels.forget(); readDetail(); } });
const queue = new QueueView($('queue'), {
  open: (id) => show(id), claim: (ticket) => run('claim', { ticket }), decline: (ticket) => run('decline', { ticket }),
  accept: (ticket) => run('accept', { ticket }), refuse: (ticket) => run('refuse', { ticket }),
});
const alarm = new Alarm($('alarm'), $('calm'), { onTake: take, onOpen: ({ ticket }) => show(ticket) });

const refresh = once(async () => {
  try {
    const all = await ask('GET', '/queue');
    queue.show(all);
    if (stale(all) || composer.paused) readDetail();
    alarm.counts(all.counts ?? []);
    $('load').textContent = `手上 ${all.load} / ${all.capacity}`; // as the lists of colleagues count
  } catch (error) {
    if (!error.code) throw error;
  }
});

// stale tells whether the queue knows the ticket on the screen otherwise: in another state, or no longer in my hands.
function stale({ mine = [], transfers = [], offers = [], all = [] }) {
  if (!detail) return false;
  const now = [...mine, ...transfers, ...offers, ...all].find((t) => t.id === detail.ticket.id);
  return now ? now.epoch !== detail.ticket.epoch : Boolean(detail.can?.reply);
}

// readDetail reads the ticket on the screen anew.
const readDetail = once(async () => {
  if (!detail) return;
  const { id } = detail.ticket;
  try {
    const fresh = await ask('GET', `/tickets/${id}`);
    if (detail?.ticket.id === id) render(fresh);
  } catch (error) {
    if (!error.code) throw error;
    if (error.code !== 'not_found' || detail?.ticket.id !== id) return;
    if (id !== given) notices.say(`工单 ${detail.ticket.no} 现在不归您看了`, true);
    leave();
  }
});

// show opens a ticket in the middle and on the right.
async function show(id, { focus = true } = {}) {
  wanted = id;
  try {
    const fresh = await ask('GET', `/tickets/${id}`);
    if (wanted !== id) return; // another one was chosen meanwhile
    tab.set('open', id);
    if (fresh.can?.accept) panels.choose('notes'); // the note of whoever gives the ticket away
    render(fresh);
    view('chat');
    if (focus) (fresh.can?.reply ? composer : $('title')).focus();
  } catch (error) {
    if (!error.code) throw error;
    notices.say(error.code === 'not_found' ? '这张工单现在不归您看' : error.message, true);
    refresh();
  }
}

function leave() {
  detail = null;
  tab.set('open', null);
  chat.open(null, link);
  render(null);
  view('queue');
}

function render(fresh) {
  const before = detail;
  detail = fresh;
  const ticket = fresh?.ticket;
  if (lost(before, fresh)) notices.say(`工单 ${ticket.no} 已经不在您手上：${silence(fresh)}`, true);
  $('title').replaceChildren(...(ticket ? [badge(ticket.priority), element('span', 'no', `工单 ${ticket.no}`)] : ['还没有选工单']));
  $('facts').replaceChildren(...(ticket ? [reason(ticket.reason), ticket.region_name || '全国', STATES[ticket.state] + (ticket.owner_name ? `：${ticket.owner_name}` : '')].map((text) => element('span', '', text)) : []));
  if (ticket && !['returned', 'closed'].includes(ticket.state)) $('facts').append(deadline(ticket));
  bar(fresh);
  viewers(fresh?.viewers ?? []);
  composer.about(ticket, silence(fresh), ticket ? { 社工: me.name, 地区: ticket.region_name, 工单号: ticket.no } : {});
  panels.show(fresh);
  queue.select(ticket?.id ?? null);
  document.body.classList.toggle('none', !ticket);
  if (!ticket) return;
  chat.evidence(fresh.evidence ?? []);
  if (fresh.marks) chat.mark(fresh.marks);
  const conv = fresh.can?.note ? ticket.conversation : null; // before the claim nobody reads what was said
  const news = chat.conv !== conv;
  chat.open(conv, link);
  if (!conv) chat.hint('认领以后才看得到谈话。');
  if (news) present(false);
}

// lost tells whether a ticket that was mine has gone to somebody else without my doing.
function lost(before, fresh) {
  return Boolean(before?.can?.reply && fresh && !fresh.can?.reply && fresh.ticket.id === before.ticket.id && fresh.ticket.id !== given);
}

// bar makes the buttons anew where what can be done has changed: otherwise an open menu would close under the hand.
function bar(fresh) {
  const key = fresh ? JSON.stringify([fresh.ticket.id, fresh.ticket.epoch, fresh.ticket.priority, fresh.can, fresh.flags]) : '';
  if ($('actions').dataset.key === key) return;
  $('actions').dataset.key = key;
  $('actions').replaceChildren(...(fresh ? buttons(fresh, run) : []));
}

// silence is why nothing can be written here, or nothing.
function silence(fresh) {
  if (!fresh) return '从左边选一张工单，或者按「下一位」。';
  const { ticket, can } = fresh;
  if (can?.reply) return '';
  if (ticket.owner_name) return `现在由 ${ticket.owner_name} 在接，只有接的人能说话。`;
  if (WAITING.includes(ticket.state)) return '还没有人接。先认领，再说话。';
  return `这张工单${STATES[ticket.state]}，不能在这里说话。`;
}

function viewers(all) {
  const others = all.filter((v) => v.name !== me.name);
  $('viewers').textContent = others.map((v) => `${v.name} ${v.composing ? '也在写' : '也在看'}`).join('，');
}

function present(composing) { link?.send({ t: 'presence', d: { status: 'online', viewing: chat.conv, composing } }); }

// run does an action and shows what came of it. Who was too late reads who was faster.
async function run(name, about) {
  given = about.ticket.id;
  let answer = null;
  try {
    answer = await act(name, about, me);
    if (!answer) return;
    notices.clear();
    if (name === 'recuse') notices.say('您已经回避。工单会给别人，您不再看到这次谈话。');
    alarm.stop(about.ticket.id);
    refresh();
    if (name === 'claim' || name === 'accept') await show(about.ticket.id);
    else if (detail?.ticket.id === about.ticket.id) await readDetail();
  } catch (error) {
    if (!error.code) throw error;
    notices.say(error.message, true);
    refresh();
    readDetail();
  } finally {
    if (!answer || answer.ticket?.owner === me.id) given = null;
  }
}

async function next() {
  try {
    const { ticket } = await ask('POST', '/claim-next', {});
    refresh();
    if (!ticket) {
      notices.say('现在没有等着您接的人。');
      return;
    }
    alarm.stop(ticket.id);
    await show(ticket.id);
  } catch (error) {
    if (!error.code) throw error;
    notices.say(error.message, true);
  }
}

// take claims what an alarm rings for.
async function take({ ticket: id }) {
  try {
    const { ticket } = await ask('GET', `/tickets/${id}`);
    await run('claim', { ticket });
  } catch (error) {
    if (!error.code) throw error;
    notices.say(error.message, true);
    alarm.check();
  }
}

function view(name) { document.body.dataset.view = name; }

const LINKS = { open: '已连上', poll: '连着（慢）', closed: '正在重新连接…', replaced: '另开的页面太多，这一页改成慢的' };

function receive(frame) {
  switch (frame.t) {
    case 'welcome':
    case 'pong':
      chat.heads(frame.d.heads);
      if (frame.t === 'pong') return;
      present(composer.typing);
      refresh();
      readDetail();
      outbox.flush();
      renew();
      return;
    case 'queue':
      refresh();
      return;
    case 'alert':
      alarm.add(frame.d);
      return;
    case 'ticket':
      refresh();
      if (frame.conv === chat.conv) readDetail();
      return;
    case 'caught_up':
      if (frame.conv === chat.conv) present(composer.typing); // presence counts only where the conversation is subscribed to
      break;
    case 'presence':
      if (frame.conv === chat.conv) viewers(frame.d.viewers ?? []);
      return;
  }
  chat.receive(frame);
}

// renew reads who I am anew: another tab, or somebody else, may have changed duty and rights.
async function renew() {
  try {
    Object.assign(me, await ask('GET', '/me'));
    setCSRF(me.csrf);
    turn(me.duty);
  } catch (error) {
    if (!error.code) throw error;
  }
}

// wake: the machine slept, or nothing was heard for long. Until the server has said how the ticket stands, nothing is
// written into it: a colleague may have it by now.
function wake() {
  if (detail?.can?.reply) composer.pause('刚恢复连接，正在看这张工单还在不在您手上…');
  readDetail();
  refresh();
  renew();
}

function attempt(name) { if (detail?.can?.[name]) run(name, detail); }

const turn = duty($('duty'), me.duty, {
  onTurn: (now) => {
    refresh();
    if (now === 'on' && !alarm.sound.tested) { alarm.sound.tested = true; alarm.test(); }
  },
  onError: (error) => notices.say(error.message, true),
});
link = new Link({
  cursor: () => (chat.conv && !chat.log.hasAttribute('aria-busy') ? { conv: chat.conv, after: chat.last } : null),
  onFrame: receive,
  onState: (state) => {
    $('link').textContent = navigator.onLine ? LINKS[state] : '没有网络，写好的话连上就发';
    $('link').parentElement.dataset.state = state;
    alarm.linked(['closed', 'replaced'].includes(state) || !navigator.onLine ? `${$('link').textContent}。这期间来的求助可能听不到。` : '');
  },
  onWake: wake,
});

frame(me);
keySwitch($('keys'));
$('next').addEventListener('click', next);
$('bell').addEventListener('click', () => alarm.test());
$('key-help').addEventListener('click', help);
for (const b of document.querySelectorAll('[data-to]')) b.addEventListener('click', () => view(b.dataset.to));
document.addEventListener('visibilitychange', () => chat.acknowledge());

keys({
  n: next, j: () => queue.move(1), k: () => queue.move(-1), r: () => { view('chat'); composer.focus(); }, t: () => attempt('transfer'),
  s: () => { view('panel'); panels.choose('summary', true); }, '/': () => { if (!composer.input.disabled) { composer.focus(); composer.canned.show(''); } },
  '?': help, close: () => attempt('close'),
});

// named opens the ticket that the address names behind its #, as links of notifications do.
async function named() {
  const no = location.hash.slice(1);
  if (!NUMBER.test(no)) return false;
  history.replaceState(null, '', location.pathname);
  try {
    const { id } = await ask('GET', `/find?no=${no}`);
    await show(id, { focus: false });
  } catch (error) {
    if (!error.code) throw error;
    notices.say(error.code === 'not_found' ? `没有找到工单 ${no}，或者它不归您看` : error.message, true);
  }
  return true;
}

addEventListener('hashchange', named);
await refresh();
const open = tab.get('open');
if (!await named() && open) await show(open, { focus: false });
document.body.dataset.ready = 'true';
