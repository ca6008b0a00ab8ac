// How messages look. Words of people go in as text only; an answer's HTML was made safe by the server.
import { caseView } from './card.js';
import { button, element } from './dom.js';
import { safety } from './safety.js';

const TIME = new Intl.DateTimeFormat('zh-CN', { hour: '2-digit', minute: '2-digit', hour12: false });
const DAY = new Intl.DateTimeFormat('zh-CN', { month: 'long', day: 'numeric' });

function timeOf(ts) {
  const at = new Date(ts);
  const text = (at.toDateString() === new Date().toDateString() ? '' : DAY.format(at) + ' ') + TIME.format(at);
  const time = element('time', 'time', text);
  time.dateTime = ts;
  return time;
}

// message makes the list item of a stored message.
export function message(frame) {
  switch (frame.d.sender.kind) {
    case 'bot': return botMessage(frame);
    case 'system': return systemMessage(frame);
    case 'worker': return workerMessage(frame);
  }
  const item = element('li', 'message user', element('div', 'bubble', element('p', 'visually-hidden', '我说'), element('p', 'words', frame.d.body)));
  const receipt = element('span', 'receipt'); // whether a social worker has read it
  receipt.setAttribute('aria-live', 'off');
  item.append(element('p', 'state', timeOf(frame.ts), receipt));
  return item;
}

// workerMessage says in words that a human being wrote it.
function workerMessage(frame) {
  const { body, meta } = frame.d;
  const who = element('p', 'who', element('span', 'person', meta?.name ? `社工 · ${meta.name}` : '社工'), element('span', 'label', '真人'));
  return element('li', 'message worker', element('div', 'bubble', who, element('p', 'words', body)), element('p', 'state', timeOf(frame.ts)));
}

// After these 小禾 answers again, until somebody else comes.
const HANDED_BACK = ['returned', 'closed', 'released'];

// systemMessage is a line of neither side. Lines about a handover tell who answers from here on.
function systemMessage(frame) {
  const { body, meta } = frame.d;
  const p = element('p', 'notice');
  p.append(...withHotlines(body));
  const item = element('li', 'message system', p);
  const event = meta?.handoff?.event;
  if (!event) return item;
  item.dataset.event = event;
  if (HANDED_BACK.includes(event) && !body.includes('小禾')) p.append(element('br'), '小禾（AI）继续回答');
  return item;
}

function botMessage(frame) {
  const { meta } = frame.d;
  if (meta.danger) return safetyMessage(frame);
  const item = element('li', 'message bot' + (meta.refused ? ' refused' : ''), answer(frame, who()));
  item.append(state(frame, true));
  return item;
}

// safetyMessage has an ordinary answer only where care stands before it, and then clearly apart.
function safetyMessage(frame) {
  const { danger, citations } = frame.d.meta;
  const item = element('li', 'message bot safety', ...safety(danger, who()));
  if (danger.care) item.append(element('p', 'apart', '您问的事'), answer(frame));
  else if (citations?.length) item.append(...basis(citations, null, true));
  item.append(state(frame, danger.care));
  return item;
}

function who() { return element('p', 'who', element('span', 'name', '小禾'), element('span', 'label', 'AI 生成')); }

function state(frame, answered) {
  const { region } = frame.d.meta;
  return element('p', 'state', answered && region ? `按「${region.name}」的规定 · ` : '', timeOf(frame.ts));
}

// answer makes the bubble with the words of an answer, what was decided, and what it rests on.
function answer(frame, ...head) {
  const { body, meta } = frame.d;
  const words = element('div', 'body');
  if (meta.html) words.innerHTML = meta.html;
  else words.textContent = body;
  const bubble = element('div', 'bubble', ...head, words);
  if (meta.case) bubble.append(...clipped(words), caseView(frame));
  if (meta.citations?.length) bubble.append(...basis(meta.citations, words, Boolean(meta.case)));
  if (meta.offer) bubble.append(offer());
  return bubble;
}

// offer lets a person be called where 小禾 is not sure.
function offer() {
  const find = button('找真人社工', 'soft', () => find.dispatchEvent(new CustomEvent('find-person', { bubbles: true })));
  return element('p', 'offer', element('span', '', '没说到点子上？可以请社工看看。'), find);
}

const LONG = 160; // characters of words that stand in full above a card

// clipped shows only the first lines of long words: the card below says the same. One press shows them all.
function clipped(words) {
  if (words.textContent.length <= LONG) return [];
  const all = button('看全部文字', 'link unclip', () => {
    words.classList.remove('clipped');
    all.remove();
  });
  words.classList.add('clipped');
  words.addEventListener('focusin', () => all.click(), { once: true }); // a link in the hidden part
  return [all];
}

// basis lists the clauses that the words rest on, and folds away what is only related. Beside a card, which names its
// own sources, everything is folded.
function basis(citations, words, folded) {
  if (folded) return [element('details', 'basis', element('summary', '', `依据的条文 ${citations.length} 条`), list(citations))];
  const marked = new Set(Array.from(words.querySelectorAll('a.mark'), (a) => Number(a.textContent.slice(1, -1))));
  const main = citations.filter((c) => marked.size === 0 || marked.has(c.n));
  const rest = citations.filter((c) => !main.includes(c));
  const parts = [element('section', 'basis', element('h3', '', '依据'), list(main))];
  if (rest.length) {
    const more = element('details', 'basis', element('summary', '', `相关条文 ${rest.length} 条`), list(rest));
    parts.push(more);
  }
  return parts;
}

function list(citations) {
  const ol = element('ol', 'citations');
  for (const c of citations) ol.append(citation(c));
  return ol;
}

function citation(c) {
  const title = c.card ? c.document : `《${c.document}》`;
  const head = element('p', '', element('span', 'n', `[${c.n}]`), ' ', element('strong', '', title), c.clause ? ' ' + c.clause : '');
  const item = element('li', c.card ? 'card' : '', head);
  item.value = c.n;
  const facts = [c.number, c.date].filter(Boolean).join(' · ');
  if (facts) item.append(element('p', 'facts', facts));
  if (c.card) item.append(element('p', 'tag', '小禾知识卡 · 转述，不是文件原文'));
  if (c.doubtful) item.append(element('p', 'doubt', c.doubtful));
  if (c.quote) item.append(element('blockquote', '', c.quote));
  const own = Boolean(c.link);
  if (!own && !c.source) return item;
  const see = element('a', 'see', !own ? '打开来源网页' : c.card ? '看这张卡和它的出处' : '打开原文看这一条');
  see.href = own ? c.link : c.source;
  see.target = '_blank';
  see.rel = own ? 'opener' : 'noopener noreferrer'; // our own page may come back to this tab's visit
  see.setAttribute('aria-label', `${see.textContent}：${title}${c.clause ?? ''}`);
  item.append(see);
  return item;
}

function withHotlines(text) {
  return text.split(/(12345|12356|110|120)/).map((part) => {
    if (!/^(12345|12356|110|120)$/.test(part)) return part;
    const a = element('a', 'tel', part);
    a.href = 'tel:' + part;
    return a;
  });
}

// unsent makes the list item of a message that the server does not have yet.
export function unsent(entry, { onRetry, onRemove }) {
  const item = element('li', 'message user unsent', element('div', 'bubble', element('p', 'visually-hidden', '我说'), element('p', 'words', entry.body)));
  const state = element('p', 'state');
  item.append(state);
  if (entry.error) {
    item.classList.add('failed');
    state.append(element('span', 'error', '没发出去：' + entry.error), ' ', button('再发一次', 'link', onRetry), ' ', button('拿回来改', 'link', onRemove));
  } else {
    state.append(entry.waiting ? '网络不通，连上就发' : '正在发…');
  }
  return item;
}

export function notice(text) { return element('li', 'message system', element('p', 'notice', text)); }
