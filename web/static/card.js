// What was decided for a child, under the bot's words: 我听到的, the summary card and the next question. The server
// made the card (meta.case); nothing is computed here. Everything goes in as text.
import { copyButton } from './copy.js';
import { button, element, say } from './dom.js';
import { question } from './question.js';
import { chips } from './chips.js';

// caseView makes the part of a bot's message that shows its decision.
export function caseView(frame) {
  const { card, chips: heard, question: next } = frame.d.meta.case;
  const view = element('div', 'case');
  view.setAttribute('aria-live', 'off'); // the words above have said it; the log must not read out a whole card
  if (heard?.length) view.append(chips(heard));
  if (counts(card).length) view.append(summary(frame));
  if (next) view.append(...question(next));
  return view;
}

// settle keeps only the newest card open. Its question stays while nothing has been said after it.
export function settle(log) {
  const all = Array.from(log.querySelectorAll('.case'));
  const newest = all.pop();
  for (const view of all) {
    if (view.classList.contains('old')) continue;
    view.classList.add('old');
    view.querySelector('.benefits')?.removeAttribute('open');
  }
  newest?.classList.toggle('answered', followed(newest.closest('.message')));
}

function followed(item) {
  for (let next = item.nextElementSibling; next; next = next.nextElementSibling) {
    if (next.matches('.user:not(.failed), .bot, .worker')) return true;
  }
  return false;
}

const GROUPS = [
  ['eligible', '可以申请的', '可以申请'],
  ['open', '还要确认的', '还要确认'],
  ['ruled_out', '不符合的', '不符合'],
  ['received', '已经在领的', '已在领'],
];

// counts says how many items each part of a card has, empty parts left out.
function counts(card) {
  return GROUPS.filter(([key]) => card?.[key]?.length)
    .map(([key, , short]) => element('span', 'count ' + key, `${short} ${card[key].length} 项`));
}

function summary(frame) {
  const { card, child, children, links, text } = frame.d.meta.case;
  const of = [child, card.place, card.day].filter(Boolean).join(' · ');
  const box = element('details', 'benefits', element('summary', '', ...counts(card), element('span', 'card-of', of)));
  box.open = true;
  if (children?.length > 1) box.append(siblings(child, children));
  if (card.total) box.append(element('p', 'total', ...figures(card.total)));
  for (const note of card.choices ?? []) box.append(remark('只能选一个', note));
  for (const [key, title] of GROUPS) {
    if (card[key]?.length) box.append(group(key, title, card[key], links ?? {}));
  }
  for (const note of card.reminders ?? []) box.append(remark('记着', note));
  box.append(element('p', 'small', '按您说的情况算的，最后以主管部门的确认为准。'), tools(frame, text));
  return box;
}

// figures sets the numbers of a sentence in large type.
export function figures(text) {
  return text.split(/(\d[\d,.]*[～~]?)/).map((part, i) => (i % 2 ? element('b', 'figure', part) : part)).filter(Boolean);
}

function remark(label, text) { return element('p', 'remark', element('b', '', label), text); }

function siblings(child, children) {
  const others = children.filter((name) => name !== child);
  const row = element('p', 'siblings', child ? `这里说的是「${child}」。` : '');
  for (const name of others) row.append(button(`看「${name}」的`, 'ghost', ({ target }) => say(target, `${name}呢？`)));
  return row;
}

function group(key, title, items, links) {
  const list = element('ul', 'items');
  for (const item of items) list.append(benefit(key, item, links));
  const box = element('section', 'group ' + key, element('h3', '', title), list);
  return box;
}

function benefit(key, item, links) {
  const name = item.plain || item.id;
  const box = element('li', 'item', element('h4', '', name));
  if (item.id && item.id !== name) box.append(element('p', 'official', `窗口上叫：${item.id}`));
  const show = { eligible, open, ruled_out: ruledOut, received }[key];
  box.append(...show(item, links));
  for (const text of item.warnings ?? []) box.append(element('p', 'caution', text));
  box.append(...details(key, item, links));
  const why = { eligible: ['为什么', `为什么${item.id}能领`], ruled_out: ['为什么不能', `为什么不能领${item.id}`] }[key];
  if (why) {
    const ask = button(why[0], 'ghost', ({ target }) => say(target, why[1]));
    ask.setAttribute('aria-label', `${why[0]}：${name}`);
    box.append(element('p', 'acts', ask));
  }
  return box;
}

const PAYEES = { 本人: '发给孩子一个人的', 每人: '家里每个人都有一份', 每户: '一户一份' };

function eligible(item) {
  const parts = [];
  if (item.amount?.text) parts.push(element('p', 'amount', ...figures(item.amount.text)), ...amountNotes(item.amount));
  if (item.apply?.where) parts.push(element('p', 'where', element('b', '', '去哪办'), item.apply.where));
  return parts;
}

function amountNotes({ payee, since, note }) {
  const text = [PAYEES[payee], since && `${since} 起的标准`, note].filter(Boolean).join('；');
  return text ? [element('p', 'small', text)] : [];
}

function open(item) {
  const parts = [];
  const missing = (item.missing ?? []).map((m) => m.label || m.ask).filter(Boolean);
  if (missing.length) parts.push(element('p', 'missing', element('b', '', '还差'), missing.join('、')));
  if (item.amount?.text) parts.push(element('p', 'perhaps', '够条件的话：', ...figures(item.amount.text)));
  return parts;
}

function ruledOut(item) {
  const parts = reasons(item.because, (r) => !r.met);
  if (item.changes?.length) parts.push(element('p', 'change', element('b', '', '什么时候能变'), item.changes.join('；')));
  return parts;
}

function received() { return [element('p', 'small', '您说已经在领，不用再申请。')]; }

// reasons lists why; where none is of the wanted kind, all of them.
function reasons(because, wanted) {
  const chosen = (because ?? []).filter(wanted);
  const shown = chosen.length ? chosen : because ?? [];
  if (!shown.length) return [];
  const list = element('ul', 'reasons');
  for (const r of shown) list.append(element('li', r.met ? 'met' : 'unmet', r.text));
  return [list];
}

// details are the folded rest of an item: papers, how it goes, how long, why, sources.
function details(key, item, links) {
  const parts = [];
  const apply = item.apply ?? {};
  if (key !== 'received') {
    if (item.papers?.length) parts.push(part('带什么', plainList('papers', item.papers)));
    const how = [['谁去申请', apply.who], ['去哪办', key === 'eligible' ? '' : apply.where], ['谁确认', apply.decides], ['公示', apply.public], ['网上办', apply.online]];
    const rows = how.filter(([, text]) => text).map(([label, text]) => row(label, text));
    if (apply.phone) rows.push(row('问电话', phone(apply.phone)));
    if (rows.length) parts.push(part('怎么办', element('dl', 'rows', ...rows)));
    if (item.times?.length) parts.push(part('要多久', element('dl', 'rows', ...item.times.map((t) => row(t.step, t.time)))));
  }
  if (item.stacks?.length) parts.push(part('能不能一起领', plainList('', item.stacks)));
  if (key !== 'ruled_out') parts.push(...reasons(item.because, (r) => r.met).map((list) => part('为什么这样说', list)));
  if (key !== 'ruled_out' && item.changes?.length) parts.push(part('以后会变的', plainList('', item.changes)));
  if (item.sources?.length) parts.push(part('依据', element('ul', 'sources', ...item.sources.map((s) => source(s, links)))));
  if (!parts.length) return [];
  const titles = parts.map((p) => p.firstChild.textContent).filter((t) => ['带什么', '要多久', '依据'].includes(t));
  return [element('details', 'more', element('summary', '', titles.join('、') || '看细节'), ...parts)];
}

function part(title, content) { return element('div', 'part', element('h5', '', title), content); }

function row(label, content) { return element('div', '', element('dt', '', label), element('dd', '', content)); }

function plainList(className, texts) { return element('ul', className, ...texts.map((text) => element('li', '', text))); }

function phone(text) {
  if (!/^[\d-]{3,15}$/.test(text)) return text;
  const a = element('a', 'tel', text);
  a.href = 'tel:' + text;
  return a;
}

const SEEN = { 报道: '只见到报道', 摘录: '只见到摘录', 节选: '只见到节选' };

// source is a line of 依据: a link to the clause in our own viewer, or to the page where it is published.
function source(s, links) {
  const title = s.document ? `《${s.document}》` : '';
  const text = [title + (s.number ?? ''), s.clause].filter(Boolean).join(' ');
  const address = links[`${s.number} ${s.clause}`] ?? links[s.number] ?? webAddress(s.url);
  const item = element('li', '');
  if (address) {
    const a = element('a', 'source', text);
    a.href = address;
    a.target = '_blank';
    a.rel = address.startsWith('/') ? 'opener' : 'noopener noreferrer'; // our own page may come back to this visit
    item.append(a);
  } else {
    item.append(text);
  }
  if (SEEN[s.seen]) item.append(element('span', 'seen', SEEN[s.seen]));
  return item;
}

function webAddress(text) { return /^https?:\/\/[^\s]+$/.test(text ?? '') ? text : ''; }

function tools(frame, text) {
  const print = element('a', 'ghost', '打印 / 保存');
  print.href = `/cards/${frame.conv}/${frame.seq}`;
  print.target = '_blank';
  print.rel = 'opener'; // our own page: it reads the card with this tab's visit
  const row = element('div', 'card-tools', print);
  if (text) row.append(copyButton(text));
  return row;
}
