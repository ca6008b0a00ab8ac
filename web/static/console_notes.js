// Notes for colleagues, which no family sees, and the summary: a draft until the worker has read and confirmed it.
import { Problem } from './api.js';
import { button, element } from './dom.js';
import { ask } from './console_api.js';
import { section, source } from './console_evidence.js';
import { saver } from './console_form.js';
import { clock } from './console_time.js';
import { NOTES } from './console_words.js';

const SENTENCE = 17; // characters that stand in a line of the panel

export function summary(detail, on) {
  const { draft = [], confirmed } = detail.summary ?? {};
  return [
    confirmed && section('核对过的小结', element('p', 'note-body', confirmed.body), element('p', 'line small', ...(confirmed.ai ? [element('span', 'label', 'AI 起草')] : []), `${confirmed.author_name ?? ''} ${clock(confirmed.at)}`, ...source(confirmed.source_seqs, on))),
    detail.can?.draft && draft.length > 0 && drafter(detail, on),
    draft.length > 0 && drafted(detail, draft, on),
    !confirmed && !draft.length && element('p', 'soft', '谈话里还没有可以整理的。'),
  ];
}

// drafter asks a model for a draft. It stands above the program's own, which stays as it is.
function drafter(detail, on) {
  const place = element('div', 'ai-draft');
  const [status, press] = saver('让 AI 起草', async () => {
    status.textContent = '';
    press.textContent = '正在起草…';
    try {
      const { sentences } = await ask('POST', `/tickets/${detail.ticket.id}/draft`, {});
      place.replaceChildren(drafted(detail, sentences, on, true), button('不要这份草稿', 'ghost', () => {
        place.replaceChildren();
        press.focus();
      }));
      const title = place.querySelector('h3');
      title.tabIndex = -1;
      if ([document.body, press].includes(document.activeElement)) title.focus(); // who writes to the family meanwhile is not torn away
      place.dispatchEvent(new Event('input', { bubbles: true })); // what stands here now is not to be replaced unread
    } finally {
      press.textContent = '让 AI 起草';
    }
  });
  press.className = 'ghost';
  return element('div', 'field', status, press, place);
}

// drafted shows each sentence with its messages; unticked ones are left out, and all can be rewritten before it counts.
// ai tells that a model wrote them.
function drafted(detail, draft, on, ai = false) {
  const lines = draft.map(({ text, seqs }) => {
    const tick = element('input');
    Object.assign(tick, { type: 'checkbox', checked: true });
    tick.setAttribute('aria-label', '留下这句');
    const words = element('textarea', 'sentence');
    Object.assign(words, { rows: Math.min(6, Math.ceil([...text].length / SENTENCE)), value: text });
    words.setAttribute('aria-label', '小结里的一句，可以改');
    return { tick, words, seqs, item: element('li', '', element('label', 'tick', tick), words, element('span', 'line small', ...source(seqs, on))) };
  });
  const confirm = saver('核对过了，存成小结', async () => {
    const kept = lines.filter((line) => line.tick.checked && line.words.value.trim());
    if (!kept.length) throw new Problem('invalid', '至少留下一句');
    const body = kept.map((line) => line.words.value.trim()).join('\n');
    const seqs = [...new Set(kept.flatMap((line) => line.seqs))].sort((a, b) => a - b);
    const answer = await ask('POST', `/tickets/${detail.ticket.id}/notes`, { kind: 'summary', body, source_seqs: seqs, ai });
    await ask('POST', `/tickets/${detail.ticket.id}/notes/${answer.note.id}/confirm`, {});
    on.changed();
  });
  return section(ai ? 'AI 的草稿' : '机器整理的草稿', element('p', 'small', element('span', 'label', ai ? 'AI 起草，请核对' : '机器整理'), ' 每句都要核对原话。不对的改掉，或者去掉前面的勾。存下也只有同事看得到，不会发给家里人。'),
    element('ul', 'plain draft', ...lines.map((line) => line.item)), ...confirm);
}

export function notes(detail, on) {
  const all = [...(detail.notes ?? [])].reverse();
  return [
    detail.can?.note && writer(detail, on),
    all.length ? element('ul', 'plain', ...all.map((n) => element('li', 'note',
      element('p', 'line small', element('b', '', NOTES[n.kind] ?? n.kind), `${n.author_name ?? ''} ${clock(n.at)}`, ...source(n.source_seqs, on)),
      element('p', 'note-body', n.body || '（已删除）')))) : element('p', 'soft', '还没有记录。'),
  ];
}

function writer(detail, on) {
  const area = element('textarea');
  Object.assign(area, { id: 'note', rows: 3, maxLength: 4000 });
  const label = element('label', 'caption', '写一条记录（只有同事看得到）');
  label.htmlFor = 'note';
  const save = saver('存下', async () => {
    if (!area.value.trim()) { area.focus(); return; }
    await ask('POST', `/tickets/${detail.ticket.id}/notes`, { kind: 'note', body: area.value.trim(), source_seqs: [] });
    on.changed();
  });
  return element('div', 'field', label, area, ...save);
}
