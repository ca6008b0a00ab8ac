// How messages look in the console. Everything goes in as text; what triage found is marked in it.
import { button, element } from './dom.js';
import { clock } from './console_time.js';
import { SOURCES } from './console_words.js';

const WHO = { user: '家里人', bot: '小禾', worker: '社工', system: '系统' };

// message makes the list item of a stored message. spans are evidence in it: {from, to, rule, source}, in UTF-16 units.
export function message(frame, spans = []) {
  const { sender, body, meta = {}, ai } = frame.d;
  const item = element('li', `message ${sender.kind}`);
  item.dataset.seq = frame.seq;
  item.tabIndex = -1;
  const name = sender.kind === 'worker' ? `社工 ${meta.name ?? ''}`.trim() : WHO[sender.kind] ?? sender.kind;
  const head = element('p', 'who', element('span', 'name', name));
  if (ai || sender.kind === 'bot') head.append(element('span', 'label', 'AI 生成'));
  const time = element('time', 'time', clock(frame.ts));
  time.dateTime = frame.ts;
  head.append(time);
  item.append(head, element('p', 'words', ...(body ? marked(body, spans) : ['（这句话已经删除）'])));
  if (sender.kind === 'worker') item.append(element('p', 'state'));
  return item;
}

// marked cuts a text at the evidence in it. Spans may overlap: a stretch carries the names of all that cover it.
export function marked(body, spans) {
  const inside = spans.filter((s) => s.from >= 0 && s.to <= body.length && s.from < s.to);
  const cuts = [...new Set([0, body.length, ...inside.flatMap((s) => [s.from, s.to])])].sort((a, b) => a - b);
  return cuts.slice(1).map((to, i) => {
    const from = cuts[i];
    const text = body.slice(from, to);
    const over = inside.filter((s) => s.from <= from && s.to >= to);
    if (!over.length) return text;
    const mark = element('mark', '', text);
    mark.title = [...new Set(over.map((s) => s.rule || SOURCES[s.source]))].join('，');
    return mark;
  });
}

// unsent makes the list item of words that the server does not have yet.
export function unsent(entry, { onRetry, onTakeBack }) {
  const item = element('li', 'message worker unsent', element('p', 'who', element('span', 'name', '您')), element('p', 'words', entry.body));
  const state = element('p', 'state');
  if (entry.error) {
    item.classList.add('failed');
    state.append(element('span', 'error', `没发出去：${entry.error}`), ' ', button('再发一次', 'link', onRetry), ' ', button('拿回来改', 'link', onTakeBack));
  } else {
    state.append(entry.waiting ? '网络不通，连上就发' : '正在发…');
  }
  item.append(state);
  return item;
}
