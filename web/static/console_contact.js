// The safe-contact card: whether and how this family can be called without putting anybody at risk.
import { button, element } from './dom.js';
import { ask, now } from './console_api.js';
import { complaint } from './console_form.js';
import { clock } from './console_time.js';

const SAFE = { yes: '可以打', no: '不要打电话', only_window: '只能在约好的时间打' };
const SAYS = { service: '可以说是小禾打来的', person_name_only: '只报自己的名字，不说是哪里打来的' };

// contact is the card; on.changed() is told that something was written down.
export function contact(detail, on) {
  const c = detail.callback;
  if (!c) return [element('p', 'soft', '对方没有留下回电的方式。要打电话，先在谈话里问：现在打电话安全吗？几点方便？别人接了怎么说？')];
  const rows = [
    ['电话', c.contact === 'chat_only' ? '不打电话，只在这里说' : c.safe_to_call === 'no' ? '不打' : phone(c.phone)],
    ['打电话', c.contact === 'chat_only' ? '不打' : SAFE[c.safe_to_call] ?? '没有说'],
    ['时间', c.window_from ? `${clock(c.window_from)} 到 ${c.window_to ? clock(c.window_to) : '晚些'}` : '没有说'],
    ['短信', c.safe_to_text ? '可以发' : '不要发'],
    ['语音留言', c.safe_voicemail ? '可以留' : '不要留'],
    ['别人接了', SAYS[c.caller_says] ?? '不说是哪里打来的'],
    ['暗号', c.code_word || '没有'],
  ];
  return [
    c.safe_to_call === 'no' && element('p', 'caution', '对方说打电话不安全：不要打。只有督导能改。'),
    element('dl', 'rows', ...rows.map(([label, value]) => element('div', '', element('dt', '', label), element('dd', '', value)))),
    c.phone && detail.can?.note && missed(detail, on),
  ];
}

const MISSED = '打过电话，没有打通。';

// missed notes for colleagues that nobody answered, and tells how often that was.
function missed(detail, on) {
  const status = complaint();
  const times = (detail.notes ?? []).filter((n) => n.body?.endsWith(MISSED)).length;
  const note = button('没打通，记一笔', 'ghost', async () => {
    note.disabled = true;
    try {
      await ask('POST', `/tickets/${detail.ticket.id}/notes`, { kind: 'note', body: `${clock(now())} ${MISSED}`, source_seqs: [] });
      on.changed();
    } catch (error) {
      if (!error.code) throw error;
      status.textContent = error.message;
      note.disabled = false;
    }
  });
  return element('div', 'field', times ? element('p', 'small', `打过 ${times} 次没打通，记在「记录」里。要再打，点上面的「约回电」定个时间。`) : '', note, status);
}

function phone(number) {
  if (!number) return '接单的人才看得到';
  const a = element('a', 'tel', number);
  a.href = `tel:${number.replace(/[^\d+]/g, '')}`;
  return a;
}
