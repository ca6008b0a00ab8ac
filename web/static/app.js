// Wires the guardian page.
import { Chat } from './chat.js';
import { button } from './dom.js';
import { closable, dialog, leave, shiftThrice, textSize } from './dialogs.js';
import { embedded } from './embed.js';
import { Handover, person } from './handover.js';
import { CallbackForm } from './handover_callback.js';
import { Live } from './handover_live.js';
import { Rating } from './handover_rating.js';
import { RegionPicker } from './region.js';
import { session } from './session.js';
import { store } from './storage.js';
import { composing, counted, grow, tooLong } from './writing.js';

const $ = (id) => document.getElementById(id);
const input = $('input');
const offline = $('offline');

const embed = embedded(() => input.focus());
const picker = new RegionPicker(document);
let unread = 0;

const chat = new Chat({
  log: $('log'),
  draft: $('draft'),
  thinking: $('thinking'),
  scroller: $('scroller'),
  onState: connection,
  onRegion: (region) => picker.changed(region),
  onTakeBack(body) {
    input.value = body;
    written();
    input.focus();
  },
  onUnread() {
    if (document.visibilityState === 'visible') return;
    unread++;
    embed?.unread(unread);
  },
  onFrame(frame) {
    live.hear(frame);
    handover.hear(frame);
  },
  onStart: () => handover.refresh(),
  onLost() {
    for (const open of document.querySelectorAll('dialog[open]')) open.close(); // a number may stand in one
    picker.show();
    handover.clear();
    live.forget();
  },
});

// connection says how the link stands, where that is worth a word.
function connection(state) {
  const words = !navigator.onLine ? '没有网络。您可以接着写，连上就发。急事请打电话。' : {
    open: '', replaced: '这次谈话在别的页面开着。', refused: '这一页不能再用了。请重新打开。',
  }[state] ?? '正在重新连接…您可以接着写，连上就发。';
  offline.hidden = !words;
  if (offline.textContent !== words) offline.textContent = words;
  if (words && state === 'replaced') offline.append(' ', button('接着用这一页', 'link', () => chat.retake()));
}

const live = new Live({ log: $('log'), status: $('typing'), tell: (t, d) => chat.tell(t, d) });
const form = new CallbackForm({ box: $('callback-dialog'), send: (wish) => handover.callback(wish) });
const rating = new Rating({ box: $('rating'), send: (what) => handover.rate(what), onShow: () => { if (chat.scroll.follows) chat.bottom(); } });
const handover = new Handover({
  chat,
  box: $('handover'),
  onHuman: writesTo,
  onMarks: (marks) => (marks ? live.read(marks) : live.forget()),
  onRate: (standing) => rating.offer(standing),
  onNowhere(nowhere) {
    if ($('where').hidden !== nowhere) return;
    $('where').hidden = !nowhere;
    if (nowhere && chat.scroll.follows) chat.scroll.toEnd(); // what is being read stays
  },
  onCallback: (agreed) => form.open(agreed),
});

session.onRegion = () => handover.refresh();
$('where').querySelector('button').addEventListener('click', () => $('region').click());

const AI = { placeholder: input.placeholder, foot: $('foot').textContent };

// writesTo says whom the next words go to: an AI may not be taken for a person, nor a person for an AI.
function writesTo(name) {
  const human = Boolean(name);
  live.holds(name);
  chat.draft.held(human);
  input.placeholder = human ? `写给${person(name)}` : AI.placeholder;
  $('foot').textContent = human ? '现在是真人社工在回您，不是 AI。' : AI.foot;
  document.body.classList.toggle('with-person', human);
}

function written() {
  grow(input, 200);
  $('counter').textContent = counted(input.value);
  $('counter').classList.toggle('over', tooLong(input.value));
  store.set('words', input.value);
}

function submit() {
  const body = input.value.trim();
  if (!body) {
    $('counter').textContent = '请先写下您想问的话';
    input.focus();
    return;
  }
  if (tooLong(body)) {
    input.focus();
    return;
  }
  input.value = '';
  written();
  live.writes(false);
  chat.say(body);
}

input.value = store.get('words') ?? '';
written();
input.addEventListener('input', () => {
  written();
  live.writes(Boolean(input.value));
});
// While an input method composes, Enter takes its candidate.
const enter = (event) => event.key === 'Enter' && !event.shiftKey && !composing(event);
input.addEventListener('keydown', (event) => {
  if (!enter(event)) return;
  event.preventDefault();
  submit();
});
input.addEventListener('keypress', (event) => { if (enter(event)) event.preventDefault(); }); // its line break
$('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  submit();
  input.focus();
});
$('asks').addEventListener('click', (event) => {
  const ask = event.target.closest('button');
  if (ask) chat.say(ask.textContent);
});

// Quick replies and corrections. The button that was pressed goes: the focus stays near, without calling a keyboard up.
document.addEventListener('say', ({ detail }) => {
  chat.say(detail);
  $('scroller').focus({ preventScroll: true });
});

textSize($('text-size'));
dialog($('help'), $('help-dialog'));
function findPerson() {
  $('help-dialog').close();
  handover.ask();
  $('scroller').focus({ preventScroll: true });
}
$('find-person').addEventListener('click', findPerson);
document.addEventListener('find-person', findPerson); // beside an answer
// The words of the button itself ask for help; triage knows them.
$('tell').addEventListener('click', () => {
  $('help-dialog').close();
  chat.say($('help').textContent);
  $('scroller').focus({ preventScroll: true });
});
dialog($('region'), $('region-dialog'), () => picker.opened());
dialog($('more'), $('more-dialog'), () => { $('own-device').checked = store.ownDevice; });
for (const id of ['fact-dialog', 'copy-dialog', 'callback-dialog']) closable($(id));
$('own-device').addEventListener('change', ({ target }) => session.setOwnDevice(target.checked).catch(() => {}));
$('fresh').addEventListener('click', async () => {
  $('more-dialog').close();
  try {
    if (session.conv) await session.fresh();
    chat.clear();
    handover.clear();
    await chat.start();
  } catch (error) {
    offline.hidden = false;
    offline.textContent = error.message;
  }
  input.focus();
});

const go = () => leave({ chat, embed });
$('exit').addEventListener('click', go);
document.addEventListener('leave', go);
shiftThrice($('shift'), go);

function seen() {
  chat.seen();
  handover.seen();
}
addEventListener('offline', () => {
  chat.network();
  handover.draw();
});
addEventListener('online', () => {
  chat.network();
  seen();
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return;
  unread = 0;
  embed?.unread(0);
  seen();
});
addEventListener('pageshow', (event) => { if (event.persisted) seen(); });

session.onAdopt = () => {
  picker.show();
  chat.start();
};
await session.find();
picker.show();
handover.draw(); // a wish that is still to be sent
await chat.start();
chat.flush();
handover.flush();
