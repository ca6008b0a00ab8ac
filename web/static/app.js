// Wires the guardian page.
import { Chat } from './chat.js';
import { closable, dialog, leave, shiftThrice, textSize } from './dialogs.js';
import { embedded } from './embed.js';
import { RegionPicker } from './region.js';
import { session } from './session.js';
import { store } from './storage.js';

const MAX_TEXT = 4000;
const NEAR = 3600; // from here on the counter shows

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
  onState(state) {
    const off = state !== 'open' || !navigator.onLine;
    offline.hidden = !off;
    offline.textContent = !off ? '' : navigator.onLine ? '正在重新连接…您可以接着写，连上就发。' : '没有网络。您可以接着写，连上就发。急事请打电话。';
  },
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
});

function written() {
  input.style.height = 'auto'; // set through the CSSOM, which the policy allows
  input.style.height = Math.min(input.scrollHeight + 2, 200) + 'px';
  const n = [...input.value].length;
  $('counter').textContent = n > MAX_TEXT ? `已写 ${n} 字，最多 ${MAX_TEXT} 字，请分成几次说` : n >= NEAR ? `已写 ${n} 字，最多 ${MAX_TEXT} 字` : '';
  $('counter').classList.toggle('over', n > MAX_TEXT);
  store.set('words', input.value);
}

function submit() {
  const body = input.value.trim();
  if (!body) {
    $('counter').textContent = '请先写下您想问的话';
    input.focus();
    return;
  }
  if ([...body].length > MAX_TEXT) {
    input.focus();
    return;
  }
  input.value = '';
  written();
  chat.say(body);
}

input.value = store.get('words') ?? '';
written();
input.addEventListener('input', written);
// While an input method composes, Enter takes its candidate; Safari ends the composition before the keydown (229).
const enter = (event) => event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
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
// The words of the button itself ask for help; triage knows them.
$('tell').addEventListener('click', () => {
  $('help-dialog').close();
  chat.say($('help').textContent);
  $('scroller').focus({ preventScroll: true });
});
dialog($('region'), $('region-dialog'), () => picker.opened());
dialog($('more'), $('more-dialog'), () => { $('own-device').checked = store.ownDevice; });
for (const id of ['fact-dialog', 'copy-dialog']) closable($(id));
$('own-device').addEventListener('change', ({ target }) => session.setOwnDevice(target.checked).catch(() => {}));
$('fresh').addEventListener('click', async () => {
  $('more-dialog').close();
  try {
    if (session.conv) await session.fresh();
    chat.clear();
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

addEventListener('offline', () => chat.network());
addEventListener('online', () => {
  chat.network();
  chat.seen();
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return;
  unread = 0;
  embed?.unread(0);
  chat.seen();
});
addEventListener('pageshow', (event) => { if (event.persisted) chat.seen(); });

session.onAdopt = () => {
  picker.show();
  chat.start();
};
await session.find();
picker.show();
await chat.start();
chat.flush();
