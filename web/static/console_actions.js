// What can be done with a ticket: which buttons there are, and what each of them asks for.
import { button, element } from './dom.js';
import { ask, request } from './console_api.js';
import { form, tell } from './console_form.js';
import { FLAGS, LEVELS, OFFICES, OUTCOMES, SKILLS, TRANSFER_REASONS } from './console_words.js';

const MINUTE = 60000;

// Each action: who may (a key of the server's can), its words, and what it does with the ticket's detail.
const ACTIONS = {
  claim: { text: '认领', main: true, run: (t) => step(t, 'claim') },
  accept: { text: '我来接手', main: true, run: (t) => step(t, 'accept') },
  refuse: { text: '接不了', run: (t) => step(t, 'refuse') },
  decline: { text: '这次不接', run: (t) => step(t, 'decline') },
  withdraw: { text: '收回转交', run: (t) => step(t, 'withdraw-transfer') },
  close: { text: '结束', run: finish },
  transfer: { text: '转给别人', run: transfer },
  callback: { text: '约回电', run: callback },
  return: { text: '交还小禾', run: giveBack },
  priority: { text: '改急不急', more: true, run: reprioritise },
  report: { text: '强制报告', more: true, run: report },
  release: { text: '放下，请别人接', more: true, run: release },
  recuse: { text: '回避', more: true, run: recuse },
  block: { text: '不给监护人看', more: true, run: block },
  unblock: { text: '解除不给监护人看', more: true, run: unblock },
  reassign: { text: '改派', more: true, run: reassign },
};

// step does one thing to a ticket, as it was known: a ticket that has changed since answers with a conflict.
export function step({ ticket }, verb, body = {}) { return ask('POST', `/tickets/${ticket.id}/${verb}`, { epoch: ticket.epoch, ...body }); }

// buttons makes the bar over a conversation. run(action, detail) does it and shows what came of it.
export function buttons(detail, run) {
  const allowed = Object.entries(ACTIONS).filter(([name]) => detail.can?.[name]);
  const make = ([name, action]) => {
    const b = button(action.text, action.main ? 'primary' : 'ghost', () => run(name, detail));
    b.dataset.action = name;
    return b;
  };
  const shown = allowed.filter(([, action]) => !action.more).map(make);
  const more = allowed.filter(([, action]) => action.more).map(make);
  if (!more.length) return shown;
  return [...shown, element('details', 'more-actions', element('summary', 'ghost', '更多'), element('div', 'menu', ...more))];
}

// act runs an action; null means that the person has thought better of it.
export function act(name, detail, me) { return ACTIONS[name].run(detail, me); }

function sender(detail, verb) { return (values) => step(detail, verb, values); }

function release(detail) {
  return form({
    title: '放下，请别人接', submit: '放下', send: sender(detail, 'release'),
    intro: ['工单回到队伍里，排队的时间照旧。家里人会看到「换一位社工接着帮您」。'],
    fields: [{ name: 'reason', label: '为什么放下', kind: 'area', max: 200 }],
  });
}

function giveBack(detail) {
  return form({
    title: '交还小禾', submit: '交还', send: sender(detail, 'return'),
    intro: ['往后由小禾接着回答，家里人会看到。需要时对方还能再找真人。'],
  });
}

function recuse(detail) {
  return form({
    title: '回避', submit: '回避', send: sender(detail, 'recuse'),
    intro: ['您和这家人认识，或有别的利害关系，就不该由您接。回避以后您看不到这次谈话，工单会给别人。'],
    fields: [{ name: 'reason', label: '为什么回避', kind: 'area', max: 200 }],
  });
}

// block is asked twice: it takes the conversation from a guardian at once, and only a supervisor can give it back.
async function block(detail) {
  const first = await form({
    title: '不给监护人看', submit: '下一步', danger: true,
    intro: ['监护人可能就是伤害孩子的人时用。监护人马上看不到这次谈话，也收不到消息，页面上看不出是您关的。'],
    fields: [{ name: 'reason', label: '依据是什么', kind: 'area', max: 200 }],
  });
  if (!first) return null;
  return form({
    title: '再确认一次', submit: '不给监护人看', danger: true,
    intro: ['做了以后，只有督导能解除。'],
    fields: [{ name: 'sure', label: '我确认', kind: 'checks', options: [['yes', '我看过依据，孩子用自己的手机在说话，或已经安全']] }],
    send: () => step(detail, 'block', first),
  });
}

function unblock(detail) {
  return form({
    title: '解除不给监护人看', submit: '解除', send: sender(detail, 'unblock'),
    intro: ['解除以后监护人又能看到这次谈话。'],
    fields: [{ name: 'reason', label: '为什么解除', kind: 'area', max: 200 }],
  });
}

function callback(detail) {
  return form({
    title: '约回电', submit: '约好了',
    intro: ['到点前 5 分钟工单回到队伍里。等的时候小禾接着回答。打之前先看「联系」那一栏：现在打电话安不安全。'],
    fields: [{ name: 'at', label: '什么时候回电', kind: 'time', value: local(Date.now() + 60 * MINUTE) }],
    send: sender(detail, 'callback'),
  });
}

// local is a moment as a datetime-local field has it.
function local(ms) {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE);
  return at.toISOString().slice(0, 16);
}

// reprioritise: danger now is lowered by a supervisor only, and never alone: a colleague has the ticket, or a second
// supervisor has agreed.
async function reprioritise(detail, me) {
  const { priority, owner, region } = detail.ticket;
  if (priority === 0 && !me?.supervises) {
    await tell('改急不急', element('p', '', '这张工单已经是最急的「危急」。降下来要督导来做：请打电话或者当面找督导，把情况说清楚。'));
    return null;
  }
  const alone = priority === 0 && (!owner || owner === me.id);
  const others = alone ? named((await colleagues(region)).filter((s) => s.role === 'supervisor')) : [];
  const second = { name: 'second', label: '哪一位督导也同意', kind: 'select', options: others, hint: others.length ? '先打电话或当面说好。名字会记在经过里。' : '这个地区没有别的督导。请先把工单转给一位同事，再来降级。' };
  return form({
    title: '改急不急', submit: '改',
    intro: [priority === 0 ? '从「危急」降下来要两个人都同意，并写清原因。' : '升级谁都可以。降级要写原因。'],
    fields: [
      { name: 'to', label: '改成', kind: 'radio', options: LEVELS.map((l, i) => [String(i), `${l.shape} ${l.name} ${l.text}`]).filter(([i]) => Number(i) !== priority) },
      ...(alone ? [second] : []),
      { name: 'reason', label: '为什么', kind: 'area', max: 200 },
    ],
    send: ({ to, reason, second: agrees }) => step(detail, 'priority', { to: Number(to), reason, ...(agrees ? { second: agrees } : {}) }),
  });
}

function report(detail) {
  return form({
    title: '强制报告', submit: '记下报告',
    intro: [
      '发现侵害孩子的情形，要马上报告公安或有关部门，怀疑就够，不用等查清。',
      '先打电话或当面报告，再在这里记下。记下以后谈话会留存，不会到期删除。',
    ],
    fields: [
      { name: 'recipient', label: '报告给了谁', kind: 'select', options: OFFICES.map((o) => [o, o]) },
      { name: 'receipt_no', label: '接报人或回执编号', max: 80, required: false },
      { name: 'flags', label: '属于哪种情形', kind: 'checks', value: detail.flags ?? [], options: FLAGS.map(([code, text]) => [code, `${code} ${text}`]) },
      { name: 'done', label: '报告前看一遍', kind: 'checks', required: false, options: [
        ['safe', '孩子现在安不安全，问过了'], ['quiet', '没有告诉可能伤害孩子的人'], ['facts', '说的是孩子的原话，没有加自己的猜测'],
      ] },
    ],
    send: ({ recipient, receipt_no: no, flags }) => step(detail, 'report', { recipient, receipt_no: no, flags }),
  });
}

const YES_NO = [['yes', '是'], ['no', '不是'], ['unknown', '不清楚']];

function finish(detail) {
  const serious = detail.ticket.priority <= 1;
  const risk = [
    { name: 'asked', label: '有没有当面问过危险（想死、被打、现在安不安全）', kind: 'radio', options: [['yes', '问过'], ['no', '没问'], ['could_not', '没法问']] },
    { name: 'present_danger', label: '现在还有危险吗', kind: 'radio', options: YES_NO },
    { name: 'safe_adult', label: '身边有没有靠得住的大人', kind: 'radio', options: YES_NO },
    { name: 'actions', label: '做了什么', kind: 'area', max: 1000 },
    { name: 'reported_to', label: '报告给了谁（没有就写「没有」和原因）', max: 200 },
    { name: 'follow_up', label: '什么时候再联系', kind: 'time', value: local(Date.now() + 24 * 60 * MINUTE) },
  ];
  return form({
    title: '结束', submit: '结束这次服务', danger: serious,
    intro: serious ? ['这张工单是危急或紧急，下面每一项都要填。'] : ['对方再来说话，谈话会自己接上。'],
    fields: [
      { name: 'outcome', label: '结果', kind: 'radio', options: OUTCOMES },
      { name: 'summary', label: '一句话说明', kind: 'area', max: 1000, required: serious },
      ...(serious ? risk : []),
    ],
    send: ({ outcome, summary, ...rest }) => step(detail, 'close', { outcome, summary, ...(serious ? { risk: rest } : {}) }),
  });
}

const colleagues = async (region) => (await ask('GET', `/staff?region=${region}`)).staff;

const named = (all) => all.map((s) => [s.id, `${s.name}（${{ on: '在岗', break: '暂离', off: '不在岗' }[s.duty]}，手上 ${s.load}/${s.capacity}）`]);

// people are those to whom a ticket can go.
async function people({ region, owner }) { return named((await colleagues(region)).filter((s) => s.id !== owner)); }

async function transfer(detail) {
  const others = await people(detail.ticket);
  return form({
    title: '转给别人', submit: '请人接手',
    intro: [detail.ticket.priority <= 1 ? '危急和紧急的，要对方点了「我来接手」才算转走，在那之前还由您负责。' : '转给地区或专长的，马上回到队伍里；转给同事的，等对方接手。'],
    fields: [
      { name: 'kind', label: '转给', kind: 'radio', value: 'worker', options: [['worker', '一位同事'], ['region', '别的地区'], ['team', '有专长的人']] },
      { name: 'worker', label: '同事', kind: 'select', options: others, when: (v) => v.kind === 'worker' },
      { name: 'region', label: '地区', kind: 'find', find: regions, when: (v) => v.kind === 'region', hint: '打地名，从下面选' },
      { name: 'team', label: '专长', kind: 'select', options: SKILLS, when: (v) => v.kind === 'team' },
      { name: 'reason', label: '原因', kind: 'select', options: TRANSFER_REASONS.map((r) => [r, r]) },
      { name: 'note', label: '交接说明（说到哪里了、要小心什么）', kind: 'area', max: 1000 },
    ],
    send: ({ kind, worker, region, team, reason, note }) => step(detail, 'transfer', { kind, to: worker ?? region ?? team, reason, note }),
  });
}

export async function reassign(detail) {
  const others = await people(detail.ticket);
  return form({
    title: '改派', submit: '改派', send: sender(detail, 'reassign'),
    fields: [{ name: 'to', label: '派给', kind: 'select', options: others }, { name: 'reason', label: '为什么', kind: 'area', max: 200 }],
  });
}

// regions finds places by part of their name.
export async function regions(words) {
  const { children } = await request('GET', `/api/v1/regions?q=${encodeURIComponent(words)}`);
  return children.map((r) => [r.code.padEnd(12, '0'), r.name]);
}
