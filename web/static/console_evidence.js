// Why there is a ticket: what was found and where, who changed how urgent it is, and everything that has happened since.
import { button, element } from './dom.js';
import { badge } from './console_queue.js';
import { clock } from './console_time.js';
import { category, event, flag, LEVELS, ORIGINS, reason, ROLES, SOURCES, STATES } from './console_words.js';

const GUARDIAN = {
  suppressed: '监护人可能就是伤害孩子的人：不要和监护人说，也不要打家里的电话。',
  human_decides: '要不要告诉监护人，先和督导商量。',
};

const CONCERN = ['看不出危险', '要留心', '有风险', '高风险', '马上有危险'];

// source is a link to the message that something rests on.
export function source(seqs, on) {
  return [...new Set([seqs ?? []].flat())].filter(Boolean).map((seq) => {
    const link = button(`第 ${seq} 句`, 'link', () => on.jump(seq));
    link.setAttribute('aria-label', `看第 ${seq} 句原话`);
    return link;
  });
}

export function evidence(detail, on) {
  const { ticket, evidence: all = [], assessments = [], flags = [], guardian_notice: guardian, worker_suspect: worker, blocks = [] } = detail;
  const head = element('p', 'line', badge(ticket.priority), element('b', '', reason(ticket.reason)), element('span', 'soft', `来自：${ORIGINS[ticket.origin] ?? ticket.origin}`));
  return [
    head,
    GUARDIAN[guardian] && caution(GUARDIAN[guardian]),
    worker && caution('说的可能是本地工作人员：工单已绕开那个单位，不要转给他们。'),
    blocks.some((b) => b.kind === 'guardian_conflict' && !b.lifted_at) && caution('已经不给监护人看这次谈话。'),
    flags.length > 0 && section('强制报告的情形', element('ul', 'plain', ...flags.map((code) => element('li', '', element('b', '', code), ` ${flag(code)}`)))),
    section('找到的话', all.length ? element('ul', 'plain', ...all.map((e) => found(e, on))) : element('p', 'soft', '没有找到危险的话，是对方要找人。')),
    all.length > 0 && element('p', 'small', `规则和模型的版本：${[...new Set(all.map((e) => e.version))].join('，')}`),
    assessments.length > 0 && section('每句话的估计', element('ul', 'plain', ...assessments.map((a) => element('li', 'line',
      element('span', '', `L${a.level} ${CONCERN[a.level] ?? ''}`), element('span', '', (a.categories ?? []).map(category).join('、')), ...source(a.seq, on))))),
  ];
}

export function section(title, ...content) { return element('section', '', element('h3', '', title), ...content); }

function caution(text) { return element('p', 'caution', text); }

function found(e, on) {
  const item = element('li', 'found');
  if (e.quote) item.append(element('blockquote', '', e.quote));
  const facts = [SOURCES[e.source] ?? e.source, e.rule, e.score ? `把握 ${Math.round(e.score * 100)}%` : '', `单看它：${LEVELS[e.priority]?.name ?? ''}`];
  item.append(element('p', 'line small', element('span', '', facts.filter(Boolean).join(' · ')), ...source(e.seq, on)));
  return item;
}

// events lists what has happened, the newest first, and what came before with the same family.
export function events(detail, on) {
  const all = [...(detail.events ?? [])].reverse();
  return [
    section('这张工单', element('ol', 'plain events', ...all.map(happened))),
    detail.earlier?.length > 0 && section('以前的工单', element('ul', 'plain', ...detail.earlier.map((t) => element('li', 'line',
      button(t.no, 'link', () => on.open(t.id)), element('span', '', `${LEVELS[t.priority].name} ${reason(t.reason)} · ${STATES[t.state] ?? t.state}`), element('span', 'soft', clock(t.opened_at)))))),
  ];
}

function happened(e) {
  const who = e.actor_name || ROLES[e.actor_kind] || '';
  const item = element('li', '', element('span', 'soft', clock(e.at)), ' ', element('b', '', event(e.event, e.data)), who ? ` · ${who}` : '');
  const { from, to, by, rung } = e.data ?? {};
  if (by !== undefined && CONCERN[to]) item.append(`：危险程度 ${CONCERN[from] ?? ''} → ${CONCERN[to]}`); // what a message was read as, not the ticket
  else if (/^priority\./.test(e.event) && LEVELS[to]) item.append(`：${LEVELS[from]?.name ?? ''} → ${LEVELS[to].name}`);
  if (e.event === 'rung.fired' && rung >= 0) item.append(`：第 ${rung + 1} 级`);
  if (e.reason) item.append(element('p', 'small', /^[a-z_.]+$/.test(e.reason) ? reason(e.reason) : e.reason));
  return item;
}
