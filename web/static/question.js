// The one question of a turn, with its quick replies. What is tapped is sent as an ordinary message.
import { button, element, say } from './dom.js';

const UNSURE = '不清楚';
const NONE = '都没有';
const NO_MORE = '没有别的';

// question makes the bar that leads to the question while it is below the screen, and the question. said is what was
// heard of the fact before.
export function question({ text, why, options, multi, unit }, said) {
  const title = element('h3', '', multi ? text.replace(/？.*/, '？') : text); // how to answer in words, the buttons say
  title.tabIndex = -1;
  const box = element('section', 'question', title);
  if (why) box.prepend(element('p', 'small', why));
  const bar = button('', 'ask-bar', () => {
    box.scrollIntoView({ block: 'nearest' });
    title.focus({ preventScroll: true });
  });
  bar.append(element('span', '', '还想问您一句'), element('span', 'arrow', '↓'));
  bar.setAttribute('aria-label', '还想问您一句：' + text);
  const send = (words) => say(box, words);
  if (unit) box.append(numberField(unit, send));
  box.append(...(multi ? several(options ?? [], send, said.split('、')) : [replies(options ?? [], send)]));
  box.append(element('p', 'small', '也可以在下面自己写。'));
  return [bar, box];
}

// goOn offers to put more questions, after several were put.
export function goOn() {
  const box = element('section', 'question more-to-ask', element('h3', '', '先问到这里。还有几样没弄清，要接着说吗？'));
  box.append(element('ul', 'replies', element('li', '', button('继续', 'reply', () => say(box, '继续')))));
  return box;
}

function replies(options, send) {
  const labels = options.map((o) => o.label);
  if (!labels.includes(UNSURE)) labels.push(UNSURE);
  return element('ul', 'replies', ...labels.map((label) => element('li', '', button(label, 'reply', () => send(label)))));
}

// several lets more than one option be chosen before they are sent together. What was said before is chosen already: a
// second answer must not wipe it out.
function several(options, send, said) {
  const labels = options.map((o) => o.label).filter((label) => label !== UNSURE && label !== NONE);
  const before = labels.filter((label) => said.includes(label));
  const chosen = new Set(before);
  const done = button('选好了', 'primary', () => { if (chosen.size) send(labels.filter((l) => chosen.has(l)).join('、')); });
  const show = () => {
    done.disabled = chosen.size === 0;
    done.textContent = chosen.size ? `选好了（${chosen.size} 样）` : '选好了';
  };
  const toggle = (label) => {
    const b = button(label, 'reply', () => {
      if (!chosen.delete(label)) chosen.add(label);
      b.setAttribute('aria-pressed', String(chosen.has(label)));
      show();
    });
    b.setAttribute('aria-pressed', String(chosen.has(label)));
    return b;
  };
  const list = element('ul', 'replies', ...labels.map((label) => element('li', '', toggle(label))));
  show();
  const none = before.length ? button(NO_MORE, 'reply plain', () => send(before.join('、'))) : button(NONE, 'reply plain', () => send(NONE));
  const rest = [none, button(UNSURE, 'reply plain', () => send(UNSURE))];
  const hint = before.length ? `您说过的已经选上了。还有别的就再选，没有就按「${NO_MORE}」。` : '可以选几样';
  return [element('p', 'small', hint), list, element('div', 'reply-end', done, ...rest)];
}

const MONTHS = '个月';

// numberField asks for a number in a unit as it is said: 个月, 岁, 元. Months may be given in years.
export function numberField(unit, send) {
  const input = element('input', '');
  input.type = 'text';
  input.inputMode = 'decimal';
  input.maxLength = 9;
  input.autocomplete = 'off';
  input.setAttribute('aria-label', `多少${unit}`);
  const status = element('p', 'error');
  status.setAttribute('role', 'status');
  const units = unit === MONTHS ? choice('单位', [MONTHS, '年']) : element('span', '', unit);
  const form = element('form', 'number', element('label', '', input), units, element('button', 'primary', '就是这个数'), status);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const number = halfWidth(input.value.trim());
    if (/^\d{1,7}(\.\d{1,2})?$/.test(number)) {
      send(spoken(number, units.value ?? unit));
    } else {
      status.textContent = '请写数字，比如 8。不知道就按「不清楚」。';
      input.focus();
    }
  });
  return form;
}

function choice(label, options) {
  const select = element('select', '', ...options.map((text) => element('option', '', text)));
  select.setAttribute('aria-label', label);
  return select;
}

const PER = { 月: '每月', 年: '一年' };

// spoken says a number with its unit: 36个月, 每月600元.
function spoken(number, unit) {
  const [what, per] = unit.split('/');
  return (PER[per] ?? '') + number + what;
}

// halfWidth reads the digits that Chinese input methods may give.
function halfWidth(text) { return text.replace(/[０-９．]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)); }
