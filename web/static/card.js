// What was decided for a child, under the bot's words: 我听到的, the summary card and the next question. The server
// made the card (meta.case); nothing is computed here. Everything goes in as text.
import { copyButton } from './copy.js';
import { button, element, say } from './dom.js';
import { goOn, question } from './question.js';
import { chips } from './chips.js';

// caseView makes the part of a bot's message that shows its decision.
export function caseView(frame) {
  const { card, chips: heard, question: next, paused } = frame.d.meta.case;
  const view = element('div', 'case');
  view.setAttribute('aria-live', 'off'); // the words above have said it; the log must not read out a whole card
  if (heard?.length) view.append(chips(heard));
  if (counts(card).length) view.append(summary(frame));
  if (next) view.append(...question(next, heard?.find((chip) => chip.fact === next.fact)?.text ?? ''));
  else if (paused) view.append(goOn());
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
  if (card.total) box.append(element('p', 'total', '可以申请的，合起来', element('br'), ...figures(card.total)));
  for (const [key, title] of GROUPS) {
    if (card[key]?.length) box.append(group(key, title, card[key], links ?? {}));
  }
  box.append(...remarks('只能选一个', card.choices), ...remarks('记着', card.reminders));
  box.append(element('p', 'small', '按您说的情况算的，最后以主管部门的确认为准。'), tools(frame, text));
  return box;
}

// figures sets the numbers of a sentence in large type.
export function figures(text) {
  return text.split(/(\d[\d,.]*[～~]?)/).map((part, i) => (i % 2 ? element('b', 'figure', part) : part)).filter(Boolean);
}

const FEW = 2; // remarks that are shown at once

function remarks(label, texts = []) {
  if (texts.length <= FEW) return texts.map((text) => element('p', 'remark', element('b', '', label), text));
  return [element('details', 'remark', element('summary', '', element('b', '', label), `${texts.length} 条`), plainList('', texts))];
}

function siblings(child, children) {
  const others = children.filter((name) => name !== child);
  const row = element('p', 'siblings', child ? `这里说的是「${child}」。` : '');
  for (const name of others) row.append(button(`看「${name}」的`, 'ghost', ({ target }) => say(target, `${name}能领什么`)));
  return row;
}

const FIRST = 3; // open items that are shown at once
const MANY = 5; // missing facts that are named

function group(key, title, items, links) {
  const shown = key === 'open' ? items.slice(0, FIRST) : items;
  const rest = items.slice(shown.length);
  const list = (some) => element('ul', 'items', ...some.map((item) => element('li', '', benefit(key, item, links))));
  const box = element('section', 'group ' + key, element('h3', '', title), list(shown));
  if (rest.length) box.append(element('details', 'more', element('summary', '', `还有 ${rest.length} 项要确认`), list(rest)));
  return box;
}

// benefit is one item: open where there is something to do, else one line that opens.
function benefit(key, item, links) {
  const name = item.plain || item.id;
  const body = [];
  if (item.id && item.id !== name) body.push(element('p', 'official', `到窗口说：${item.id}`));
  body.push(...{ eligible, open, ruled_out: ruledOut, received }[key](item));
  if (item.warnings?.length) body.push(element('p', 'caution', item.warnings.join('；')));
  const ask = key === 'eligible' ? ['为什么', `为什么${item.id}能领`] : key === 'ruled_out' ? ['为什么不能', `为什么不能领${item.id}`] : null;
  body.push(...more(key, item, links));
  if (ask) {
    const why = button(ask[0], 'ghost', ({ target }) => say(target, ask[1]));
    why.setAttribute('aria-label', `${ask[0]}：${name}`);
    body.push(element('p', 'acts', why));
  }
  if (key === 'eligible') return element('div', 'item', element('h4', '', name), ...body);
  const status = key === 'open' ? waits(item) : key === 'ruled_out' ? item.because?.[0]?.text : '';
  const head = element('summary', '', element('b', '', name));
  if (status) head.append(element('span', 'status', status));
  return element('details', 'item', head, element('div', 'inside', ...body));
}

// waits says in one line what an open item waits for.
function waits(item) {
  const missing = labels(item);
  if (missing.length) return `还差 ${missing.length} 样：${missing.slice(0, 2).join('、')}${missing.length > 2 ? '…' : ''}`;
  return judged(item).length ? '要窗口上的人判断' : '';
}

function labels(item) { return (item.missing ?? []).map((m) => m.label || m.ask).filter(Boolean); }

const JUDGE = /^要由工作人员判断：/; // what the heading says already

function judged(item) { return (item.because ?? []).filter((r) => !r.met).map((r) => r.text.replace(JUDGE, '')); }

const PAYEES = { 本人: '发给孩子一个人的', 每人: '家里每个人都有一份', 每户: '一户一份' };

function eligible(item) {
  const parts = [];
  if (item.amount?.text) parts.push(element('p', 'amount', ...figures(item.amount.text)), ...amountNotes(item.amount, item.kind));
  if (item.apply?.where) parts.push(element('p', 'where', element('b', '', '去哪办'), item.apply.where));
  return parts;
}

const SHORT = 40; // characters of a note that stands beside an amount; a longer one is folded away

function amountNotes({ payee, note = '' }, kind) {
  const text = [kind === '现金' ? PAYEES[payee] : '', note.length > SHORT ? '' : note].filter(Boolean).join('；');
  return text ? [element('p', 'small', text)] : [];
}

function open(item) {
  const parts = [];
  const missing = labels(item);
  if (missing.length) {
    const rest = missing.length > MANY ? `等 ${missing.length} 样` : '';
    parts.push(element('p', 'missing', element('b', '', '还差'), missing.slice(0, MANY).join('、') + rest));
  }
  if (judged(item).length) parts.push(element('p', 'missing', element('b', '', '要窗口判断')), plainList('judged', judged(item)));
  if (item.amount?.text) parts.push(element('p', 'perhaps', '够条件的话：', ...figures(item.amount.text)), ...amountNotes({ note: item.amount.note }));
  return parts;
}

function ruledOut(item) {
  const parts = reasons(item.because);
  if (item.changes?.length) parts.push(element('p', 'change', element('b', '', '什么时候能变'), item.changes.join('；')));
  return parts;
}

function received() { return [element('p', 'small', '您说已经在领，不用再申请。')]; }

function reasons(shown) {
  if (!shown?.length) return [];
  return [element('ul', 'reasons', ...shown.map((r) => element('li', r.met ? 'met' : 'unmet', r.text)))];
}

// more is the folded rest of an item: papers, how it goes, how long, why, sources. Inside a folded item it is not
// folded again.
function more(key, item, links) {
  const parts = [];
  const apply = item.apply ?? {};
  if (key === 'eligible' || key === 'open') {
    if (item.amount?.note?.length > SHORT) parts.push(part('怎么算', plainList('', item.amount.note.split('；'))));
    if (item.papers?.length) parts.push(part('带什么', plainList('papers', item.papers)));
    const how = [['谁去申请', apply.who], ['去哪办', key === 'eligible' ? '' : apply.where], ['谁确认', apply.decides], ['公示', apply.public], ['网上办', apply.online]];
    const rows = how.filter(([, text]) => text).map(([label, text]) => row(label, text));
    if (apply.phone) rows.push(row('问电话', phone(apply.phone)));
    if (rows.length) parts.push(part('怎么办', element('dl', 'rows', ...rows)));
    if (item.times?.length) parts.push(part('要多久', element('dl', 'rows', ...item.times.map((t) => row(t.step, t.time)))));
    if (item.stacks?.length) parts.push(part('能不能一起领', plainList('', item.stacks)));
    parts.push(...reasons(item.because?.filter((r) => r.met)).map((list) => part(key === 'open' ? '已经够的' : '够条件的地方', list)));
    if (item.changes?.length) parts.push(part('以后会变的', plainList('', item.changes)));
  }
  if (item.sources?.length) parts.push(part('依据', element('ul', 'sources', ...item.sources.map((s) => source(s, links)))));
  if (!parts.length || key !== 'eligible') return parts;
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

const UNSEEN = '未见'; // the number of a document that was reported on without it

// source is a line of 依据: a link to the clause in our own viewer, or to the page where it is published.
function source(s, links) {
  const title = s.document ? `《${s.document}》` : '';
  const number = s.number === UNSEEN ? '' : s.number ?? '';
  const text = [title + number, s.clause].filter(Boolean).join(' ');
  const address = links[`${number} ${s.clause}`] ?? links[number] ?? webAddress(s.url);
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
  if (s.seen) item.append(element('span', 'seen', s.seen));
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
