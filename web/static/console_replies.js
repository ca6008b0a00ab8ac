// The page on which supervisors and officers write the ready replies of their regions.
import { regions } from './console_actions.js';
import { ask, setCSRF } from './console_api.js';
import { fill } from './console_canned.js';
import { form } from './console_form.js';
import { frame, Notices } from './console_frame.js';
import { listen, open } from './console_side.js';
import { clock } from './console_time.js';
import { button, element } from './dom.js';

// HOLES are what a reply may leave open: what stands there in the end, and an example.
const HOLES = [
  ['家长称呼', '怎么叫对方。用的人自己填', '张奶奶'], ['社工', '说话的社工的名字，自动填上', '王老师'],
  ['地区', '这家人在哪里，自动填上', '杭州市西湖区'], ['工单号', '工单的编号，自动填上', '20260101-12'],
];
const SAMPLE = Object.fromEntries(HOLES.map(([name, , example]) => [name, example]));
const WIDTH = { 0: '全国通用', 2: '全省通用', 4: '全市通用', 6: '全县（区）通用', 9: '全乡镇（街道）通用' };
const LONGEST_BODY = 1365;

const $ = (id) => document.getElementById(id);
const notices = new Notices($('notice'));
const places = new Map(); // prefix -> name
let all = [];

const me = await ask('GET', '/me');
setCSRF(me.csrf);

const place = () => $('place').value;
const code = (prefix) => prefix && prefix.padEnd(12, '0');

// prefix is the part of a region's code that its own places share.
function prefix(of) {
  const length = [2, 4, 6, 9, 12].find((n) => /^0*$/.test(of.slice(n)));
  return of.slice(0, length);
}

async function read() {
  const at = place();
  try {
    const { canned } = await ask('GET', `/canned${at ? `?region=${code(at)}` : ''}`);
    if (at !== place()) return; // another region was chosen meanwhile
    all = canned;
    show();
  } catch (error) {
    if (!error.code) throw error;
    notices.say(error.message, true);
  }
}

function show() {
  const own = all.filter((c) => c.scope === place());
  $('own-title').textContent = `${places.get(place())}写的（${own.length}）`;
  list('own', own);
  list('above', all.filter((c) => c.scope !== place()));
}

function list(name, replies) {
  document.querySelector(`[data-part=${name}]`).replaceChildren(...replies.map(row));
  document.querySelector(`[data-empty=${name}]`).hidden = replies.length > 0;
}

function row(c) {
  const own = c.scope === place();
  const about = [own ? '' : places.get(c.scope) ?? WIDTH[c.scope.length] ?? '上级', `第 ${c.version} 版`, `${clock(c.updated_at)} 改`];
  const actions = [
    !own && button(`给${places.get(place())}另写一条`, 'ghost', () => edit({ ...c, id: null, version: 0, scope: place() })),
    c.editable && button('改', 'ghost', () => edit(c)),
    c.editable && button('删掉', 'ghost', () => remove(c)),
  ].filter(Boolean);
  const item = element('li', 'reply', element('p', 'line', element('b', '', `/${c.shortcut}`), element('span', '', c.title), element('span', 'soft', about.filter(Boolean).join(' · '))),
    element('p', 'said', ...body(c.body)), element('div', 'line', ...actions, c.editable ? '' : element('span', 'soft', '上级写的，这里只能看。')));
  item.dataset.shortcut = c.shortcut;
  return item;
}

// body is the text with its open places marked.
function body(text) {
  return text.split(/(\{\{[^{}]+\}\})/).map((part) => (/^\{\{/.test(part) ? element('span', 'hole', part.slice(2, -2)) : part));
}

// edit asks for a reply and stores it: a new one where it has no id. Somebody else's change in between is shown first.
async function edit(c) {
  let seen = c.version;
  const theirs = element('p', 'theirs');
  theirs.hidden = true;
  const sample = element('p', 'sample');
  const holes = element('ul', 'holes', ...HOLES.map(([name, text]) => element('li', '', button(`{{${name}}}`, 'ghost', () => put(name)), element('span', 'small', text))));
  const wide = c.scope === place() ? '' : `这一条${WIDTH[c.scope.length] ?? '上级也在用'}，改了别处也跟着变。`;
  const done = form({
    title: c.id ? '改常用话' : '加一条常用话', submit: '存下',
    intro: [wide, '双大括号里的会换成真的名字。点一下放进内容里：', holes].filter(Boolean),
    fields: [
      { name: 'shortcut', label: '快捷词（打「/」以后找的词，中间不要空格）', max: 20, value: c.shortcut },
      { name: 'title', label: '标题（什么时候用）', max: 40, value: c.title },
      { name: 'body', label: '内容', kind: 'area', rows: 5, max: LONGEST_BODY, value: c.body },
    ],
    send: async (values) => {
      try {
        return await (c.id ? ask('PUT', `/canned/${c.id}`, { ...values, version: seen }) : ask('POST', '/canned', { ...values, scope: c.scope }));
      } catch (error) {
        if (c.id && ['conflict', 'not_found'].includes(error.code)) seen = await compare(c, seen, theirs, error);
        throw error;
      }
    },
  });
  const box = document.querySelector('dialog[open]');
  const area = box.querySelector('[name=body]');
  const put = (name) => {
    area.setRangeText(`{{${name}}}`, area.selectionStart, area.selectionEnd, 'end');
    area.focus();
    preview();
  };
  const preview = () => { sample.textContent = fill(area.value, SAMPLE).text || '（还没有内容）'; };
  area.addEventListener('input', preview);
  area.after(element('p', 'small', '对方看到的样子（名字是举例）：'), sample, theirs);
  preview();
  if (!await done) return;
  notices.say('存下了。社工下次打「/」就能用。');
  read();
}

// compare shows what somebody else has made of a reply and returns its version: whoever has read that may store over it.
async function compare({ id }, seen, theirs, error) {
  const { canned } = await ask('GET', `/canned${place() ? `?region=${code(place())}` : ''}`);
  const now = canned.find((other) => other.id === id);
  if (!now) {
    error.message = '这一条已经被别人删掉了。要留下您写的，请先复制，再另加一条。';
    return seen;
  }
  if (now.version === seen) return seen; // it is something else that stands in the way
  theirs.textContent = `别人刚改成了第 ${now.version} 版：/${now.shortcut} ${now.title}\n${now.body}`;
  theirs.hidden = false;
  error.message = '您写的时候，别人也改了这一条（在内容下面）。看过以后再点「存下」，就用您写的。';
  return now.version;
}

async function remove(c) {
  const sure = await form({
    title: '删掉常用话', submit: '删掉', danger: true,
    intro: [`/${c.shortcut} ${c.title}`, element('p', 'said', ...body(c.body)), c.scope === place() ? '删掉以后社工就找不到了。已经发出去的话不受影响。' : `这一条${WIDTH[c.scope.length] ?? '上级也在用'}，删掉以后别处也没有了。`],
    send: () => ask('DELETE', `/canned/${c.id}`),
  });
  if (!sure) return;
  notices.say('删掉了。');
  read();
}

// elsewhere chooses a region below one's own.
async function elsewhere() {
  const found = new Map();
  const find = async (words) => {
    const all = await regions(words);
    for (const [of, name] of all) found.set(of, name);
    return all.filter(([of]) => me.scopes.some((s) => of.startsWith(s.prefix)));
  };
  const chosen = await form({ title: '下级地区', submit: '看这里的', fields: [{ name: 'region', label: '地区', kind: 'find', find, hint: '打地名，从下面选。只找得到您管的地区。' }] });
  if (!chosen) return;
  const at = prefix(chosen.region);
  offer(at, found.get(chosen.region));
  $('place').value = at;
  read();
}

function offer(at, name) {
  if (places.has(at)) return;
  places.set(at, name);
  const option = element('option', '', name);
  option.value = at;
  $('place').append(option);
}

frame(me);
for (const scope of me.scopes) offer(scope.prefix, scope.name || '全国');
$('place').addEventListener('change', read);
$('other').addEventListener('click', elsewhere);
$('add').addEventListener('click', () => edit({ id: null, version: 0, scope: place(), shortcut: '', title: '', body: '' }));
if (me.supervises) listen({ onTake: ({ ticket }) => open(ticket) });
await read();
document.body.dataset.ready = 'true';
