// What is known of the child, each fact with the message that told it, and what the rules make of it.
import { element } from './dom.js';
import { section, source } from './console_evidence.js';
import { VERDICTS } from './console_words.js';

export function facts(detail, on) {
  const { facts: heard = [], benefits = [] } = detail;
  return [
    section('听到的情况', heard.length ? element('dl', 'rows', ...heard.map((f) => element('div', '', element('dt', '', [f.child, f.label || f.fact].filter(Boolean).join('，')),
      element('dd', '', f.value, ' ', element('span', f.confirmed ? 'tag good' : 'tag', f.confirmed ? '说清楚了' : '还没说准'), ' ', ...source(f.seq, on)))))
      : element('p', 'soft', '对方还没说孩子的情况。')),
    section('可能用得上的福利', benefits.length ? element('ul', 'plain', ...benefits.map(benefit)) : element('p', 'soft', '还没有按规则算过。')),
    benefits.length > 0 && element('p', 'small', '按对方说的算的，最后以主管部门的确认为准。'),
  ];
}

function benefit(b) {
  const item = element('li', 'benefit', element('p', 'line', element('b', '', b.name || b.id), element('span', `tag verdict ${b.verdict}`, VERDICTS[b.verdict] ?? b.verdict)));
  if (b.amount) item.append(element('p', '', b.amount));
  if (b.missing?.length) item.append(element('p', 'small', `还要问：${b.missing.join('、')}`));
  if (b.papers?.length) item.append(element('p', 'small', `要带：${b.papers.join('、')}`));
  if (b.because?.length) item.append(folded('为什么', b.because.map((r) => r.text)));
  if (b.sources?.length) item.append(folded(`依据 ${b.sources.length} 条`, b.sources.map(cited)));
  return item;
}

function folded(title, lines) {
  return element('details', '', element('summary', '', title), element('ul', 'small sources', ...lines.map((line) => element('li', '', line))));
}

function cited({ document: title, number, clause, date, link }) {
  const text = [`《${title}》`, number, clause, date].filter(Boolean).join(' ');
  if (!link) return text;
  const a = element('a', '', text);
  Object.assign(a, { href: link, target: '_blank', rel: 'noopener' });
  return a;
}
