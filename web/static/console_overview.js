// The supervisors' page: what waits where, what is late, who is there, and how the day and the week go.
import { reassign, step } from './console_actions.js';
import { ask, setCSRF } from './console_api.js';
import { bars } from './console_chart.js';
import { frame, keySwitch, Notices } from './console_frame.js';
import { help } from './console_keys.js';
import { badge } from './console_queue.js';
import { listen, open } from './console_side.js';
import { clock, left, long, since } from './console_time.js';
import { LEVELS, STATES } from './console_words.js';
import { button, element } from './dom.js';

const EVERY = 15000;
const AT_MOST_EVERY = 2000;
const DUTY = { on: '在岗', break: '暂离', off: '下班' };
const DAYS = ['周一', '周二', '周三', '周四', '周五', '周六', '周日'];
const SERIES = [{ name: '来的', kind: 'arrived' }, { name: '认领的', kind: 'claimed' }, { name: '没等到走了的', kind: 'abandoned' }];

const $ = (id) => document.getElementById(id);
const notices = new Notices($('notice'));

// table makes a table of rows of cells; the first cell of each row is its head.
function table(caption, heads, rows) {
  const row = (cells) => element('tr', '', ...cells.map((cell, i) => {
    const e = element(i === 0 ? 'th' : 'td', '', cell ?? '');
    if (i === 0) e.scope = 'row';
    e.dataset.label = heads[i];
    return e;
  }));
  const head = element('tr', '', ...heads.map((text) => {
    const e = element('th', '', text);
    e.scope = 'col';
    return e;
  }));
  return element('table', '', element('caption', 'visually-hidden', caption), element('thead', '', head), element('tbody', '', ...rows.map(row)));
}

const none = (text) => element('p', 'empty', text);

function waiting(all) {
  if (!all.length) return none('现在没有人在等。');
  const regions = [...new Set(all.map((w) => w.region))];
  return table('在等的人，按地区和级别', ['地区', ...LEVELS.map((l) => `${l.shape} ${l.name} ${l.text}`)], regions.map((region) => {
    const here = all.filter((w) => w.region === region);
    return [here[0].region_name || '全国', ...LEVELS.map((_, priority) => {
      const w = here.find((one) => one.priority === priority);
      return w ? element('span', 'line', element('b', 'number', String(w.count)), since(w.oldest_at, '最久')) : '—';
    })];
  }));
}

const KINDS = { claim: '没人接', reply: '没回话', next_rung: '快要再催' };

function breaches(all) {
  if (!all.length) return none('没有超时的，也没有快要再催的。');
  return table('超时和快要再催的工单', ['工单', '级别', '地区', '怎么了', '到期', '下一次催', '在谁手上', '做什么'], all.map((b) => [
    element('span', 'no', b.no), badge(b.priority), b.region_name || '全国', KINDS[b.kind] ?? STATES[b.state], left(b.due_at, '还剩'),
    b.next_rung_at ? `${clock(b.next_rung_at)}（第 ${b.next_rung + 1} 次）` : '—', b.owner || '没有人',
    element('span', 'line', button('打开', 'ghost', () => open(b.ticket)), b.owner ? button('改派', 'ghost', () => give(b)) : ''),
  ]));
}

function staff(all) {
  if (!all.length) return none('这些地区还没有能接单的人。');
  return table('值班的人', ['姓名', '值班', '页面', '手上', '最近动作'], all.map((s) => [
    s.name + (s.role === 'supervisor' ? '（督导）' : ''), DUTY[s.duty] ?? s.duty, s.online ? '开着' : '没开',
    element('span', s.load >= s.capacity ? 'late' : '', `${s.open} 张，${s.load}/${s.capacity}`), s.last_at ? since(s.last_at, '', '前') : '四周没有',
  ]));
}

function hours(all) {
  const total = (key) => all.reduce((sum, h) => sum + h[key], 0);
  const title = `最近 24 小时：来了 ${total('arrived')} 张，认领 ${total('claimed')} 张，没等到走了 ${total('abandoned')} 张`;
  const hour = (h) => new Date(h.from).getHours();
  const legend = element('ul', 'legend', ...SERIES.map((s) => element('li', '', element('span', `swatch ${s.kind}`), s.name)));
  const numbers = table(title, ['钟点', ...SERIES.map((s) => s.name), '有几个人在做'], all.map((h) => [`${hour(h)} 点`, ...[h.arrived, h.claimed, h.abandoned, h.workers].map(String)]));
  const groups = all.map((h, i) => ({ label: i % 2 ? '' : `${hour(h)} 点`, values: [h.arrived, h.claimed, h.abandoned] }));
  return [element('p', '', title), bars(title, groups, SERIES), legend, element('details', '', element('summary', '', '看数字'), numbers)];
}

function week(all) {
  const most = Math.max(1, ...all.map((h) => h.arrived));
  const brief = (n) => (n >= 10 ? String(Math.round(n)) : String(Math.round(n * 10) / 10));
  const rows = DAYS.map((day, i) => [day, ...all.filter((h) => h.weekday === i + 1).map((h) => {
    const cell = element('span', 'heat', h.arrived ? brief(h.arrived) : '·');
    cell.style.setProperty('--heat', String(.6 * h.arrived / most)); // through the CSSOM, which the policy allows
    cell.title = `${day} ${h.hour} 点：来 ${brief(h.arrived)}，认领 ${brief(h.claimed)}，走了 ${brief(h.abandoned)}，有 ${brief(h.workers)} 人在做`;
    cell.classList.toggle('short', h.arrived > 0 && h.claimed < h.arrived);
    return cell;
  })]);
  return [element('p', 'small', '每格是一周里这个钟点平均来几张工单。下面有横线的：来的比认领的多，该多排人。'), element('div', 'sideways', table('一周里每个钟点平均来几张', ['', ...Array.from({ length: 24 }, (_, h) => String(h))], rows))];
}

const share = (n) => (n === null || n === undefined ? '还没有' : `${Math.round(n * 100)}%`);
const span = (s) => (s === null || s === undefined ? '还没有' : long(s * 1000));

function quality(q, under) {
  const facts = [
    ['结束的工单', `${q.closed} 张`], ['一半的人多久等到第一句话', span(q.first_reply_p50)], ['九成的人多久等到', span(q.first_reply_p90)], ['按时认领', share(q.in_time)],
    ['危险评估填全', share(q.risk_form)], ['交还小禾', share(q.returned)], ['家里人打分', q.ratings ? `${(Math.round(q.score * 10) / 10).toFixed(1)} 分（${q.ratings} 人）` : '还没有'],
  ];
  const list = element('dl', 'figures', ...facts.map(([label, value]) => element('div', '', element('dt', '', label), element('dd', '', value))));
  const missed = under.length ? table('小禾估低了、人改高的工单', ['工单', '小禾估', '人改成', '时间'], under.map((u) => [button(u.no, 'link', () => open(u.ticket)), badge(u.from), badge(u.to), clock(u.at)])) : none('没有。');
  return [list, element('h3', '', `小禾估低了、人改高的（${under.length}）`), missed];
}

function show(o) {
  const focus = document.activeElement?.closest('td, th')?.parentElement?.rowIndex;
  const part = document.activeElement?.closest('[data-part]')?.dataset.part;
  const fill = (name, ...content) => document.querySelector(`[data-part=${name}]`).replaceChildren(...content.flat());
  fill('waiting', waiting(o.waiting ?? []));
  fill('breaches', breaches(o.breaches ?? []));
  fill('staff', staff(o.staff ?? []));
  const opened = document.querySelector('[data-part=hours] details')?.open;
  fill('hours', hours(o.hours ?? []));
  document.querySelector('[data-part=hours] details').open = Boolean(opened);
  fill('week', week(o.week ?? []));
  fill('quality', quality(o.quality, o.under ?? []));
  $('at').textContent = `${clock(o.at)} 的情况，自己会更新`;
  if (part && focus !== undefined) document.querySelector(`[data-part=${part}] tr:nth-child(${focus}) button`)?.focus();
}

async function give({ ticket: id }) {
  try {
    if (await reassign(await ask('GET', `/tickets/${id}`))) notices.say('已经改派。');
    refresh();
  } catch (error) {
    if (!error.code) throw error;
    notices.say(error.message, true);
  }
}

let running = false;
let last = 0;

async function refresh() {
  if (running || document.querySelector('dialog[open]') || document.visibilityState !== 'visible') return;
  running = true;
  last = Date.now();
  try {
    show(await ask('GET', '/overview'));
  } catch (error) {
    if (!error.code) throw error;
    $('at').textContent = error.message;
  } finally {
    running = false;
  }
}

const me = await ask('GET', '/me');
setCSRF(me.csrf);
listen({
  async onTake({ ticket: id }, alarm) {
    try {
      const { ticket } = await ask('GET', `/tickets/${id}`);
      await step({ ticket }, 'claim');
      open(id);
    } catch (error) {
      if (!error.code) throw error;
      notices.say(error.message, true);
      alarm.check();
    }
  },
  onNews() { if (Date.now() - last > AT_MOST_EVERY) refresh(); },
});
frame(me);
keySwitch($('keys'));
$('key-help').addEventListener('click', help);
setInterval(refresh, EVERY);
document.addEventListener('visibilitychange', refresh);
await refresh();
document.body.dataset.ready = 'true';
