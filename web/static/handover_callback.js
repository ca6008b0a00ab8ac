// The form for a call: whether it is safe, when, which number, what is said to somebody else who answers. What is half
// filled in stays in this tab.
import { element } from './dom.js';
import { store } from './storage.js';

const FIELDS = ['safe', 'when', 'day', 'from', 'to', 'phone', 'text', 'says', 'code'];
const OWN = 'own';
const ANY = 'any';
const DAYS = 7;
const [EARLIEST, LATEST] = [7, 22]; // hours in which people are called
const WEEKDAYS = '日一二三四五六';

export class CallbackForm {
  // send hands the wish over; it throws what the person is told.
  constructor({ box, send }) {
    Object.assign(this, { box, send });
    this.form = box.querySelector('form');
    this.error = box.querySelector('.form-error');
    this.form.addEventListener('input', () => this.keep());
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  // open shows the form with what was begun, or with what was agreed; the number is never sent back.
  open(agreed) {
    this.box.querySelector('.again').hidden = agreed?.contact !== 'phone';
    this.error.textContent = '';
    this.form.reset();
    this.times(new Date());
    this.fill(store.get('callback') ?? (agreed ? known(agreed) : {}));
    this.react();
    this.box.showModal();
  }

  // times offers what is near, in words.
  times(now) {
    this.windows = windows(now);
    const choices = this.windows.map(({ label }, i) => radio(`w${i}`, label));
    this.box.querySelector('.whens').replaceChildren(radio(ANY, '什么时候都行'), ...choices, radio(OWN, '我自己选'));
    this.form.elements.day.replaceChildren(...Array.from({ length: DAYS }, (_, i) => option(i, dayName(now, i))));
    for (const name of ['from', 'to']) {
      const first = EARLIEST + (name === 'to' ? 1 : 0);
      this.form.elements[name].replaceChildren(...Array.from({ length: LATEST - EARLIEST }, (_, i) => option(first + i, hourName(first + i))));
    }
    this.form.elements.from.value = 9;
    this.form.elements.to.value = 11;
    this.form.elements.day.value = 1;
  }

  fill(values) {
    for (const name of FIELDS) {
      if (values[name] === undefined) continue;
      const field = this.form.elements[name];
      if (name === 'text') field.checked = values.text;
      else if (field) field.value = values[name];
    }
  }

  values() {
    const { elements } = this.form;
    return Object.fromEntries(FIELDS.map((name) => [name, name === 'text' ? elements.text.checked : elements[name].value]));
  }

  keep() {
    store.set('callback', this.values());
    this.react();
  }

  // react shows what the answers so far ask for: whoever cannot be called is asked for no number.
  react() {
    const { safe, when } = this.values();
    this.box.querySelector('.if-call').hidden = safe === 'no' || !safe;
    this.box.querySelector('.if-no').hidden = safe !== 'no';
    this.box.querySelector('.own-time').hidden = when !== OWN;
    const any = this.form.querySelector(`[value=${ANY}]`).closest('label');
    any.hidden = safe === 'only_window';
    if (any.hidden && when === ANY) this.form.elements.when.value = '';
    this.form.querySelector('[type=submit]').textContent = safe === 'no' ? '好，在这里等社工留言' : '就这样，请社工打给我';
  }

  async submit() {
    const values = this.values();
    const { wish, error, at } = read(values, this.windows);
    if (error) {
      this.fail(error, at);
      return;
    }
    try {
      await this.send(wish);
      store.remove('callback');
      this.box.close();
    } catch (problem) {
      this.fail(problem.code === 'offline' ? '没有网络，还没发出去。写的都留着，连上再按一次。' : problem.message);
    }
  }

  fail(text, name) {
    const named = name && this.form.elements[name];
    const field = named instanceof RadioNodeList ? named[0] : named;
    (field?.closest('fieldset, .ask') ?? this.form.querySelector('[type=submit]')).before(this.error); // where it is seen
    this.error.textContent = text;
    field?.focus();
  }
}

// read makes the wish of what was filled in, or says what is missing and where.
function read(values, choices) {
  const { safe, when } = values;
  if (!safe) return { error: '请先选：打电话来，安不安全', at: 'safe' };
  const wish = { contact: 'phone', safe_to_call: safe, safe_to_text: values.text, safe_voicemail: false, caller_says: values.says, code_word: values.code.trim() };
  if (safe === 'no') return { wish: { ...wish, contact: 'chat_only', safe_to_text: false } };
  if (!when) return { error: '请选什么时候方便接电话', at: 'when' };
  if (when !== ANY) {
    const time = when === OWN ? ownTime(values) : choices[Number(when.slice(1))];
    if (!time || time.to <= new Date()) return { error: '这个时间已经过了，请选晚一点的', at: when === OWN ? 'day' : 'when' };
    if (time.from >= time.to) return { error: '「到几点」要比「从几点」晚', at: 'to' };
    wish.window_from = time.from.toISOString();
    wish.window_to = time.to.toISOString();
  }
  wish.phone = phoneNumber(values.phone);
  if (!wish.phone) return { error: '这个号码好像不全。手机是 11 位；座机要带区号，比如 0571-87654321', at: 'phone' };
  return { wish };
}

// phoneNumber takes what people write for a number: mobile, landline with its area code, 400. '' where it is none.
export function phoneNumber(text) {
  const digits = text.replace(/[０-９＋]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/[\s\-－—–()（）.·]/g, '').replace(/^(\+|00)86/, '');
  return /^(1[3-9]\d{9}|(?:010|02\d)[2-9]\d{7}|0[3-9]\d{2}[2-9]\d{6,7}|[48]00\d{7})([转#,，]\d{1,6})?$/.test(digits) ? digits : '';
}

// windows are the next three stretches of a day.
export function windows(now) {
  const parts = [['上午', 9, 11], ['下午', 14, 17], ['晚上', 18, 20]];
  const found = [];
  for (let day = 0; found.length < 3; day++) {
    for (const [name, from, to] of parts) {
      const window = { from: at(now, day, from), to: at(now, day, to), label: `${['今天', '明天', '后天'][day]}${name} ${from % 12}点到${to % 12}点` };
      if (window.to - now > 3600000 && found.length < 3) found.push({ ...window, from: new Date(Math.max(window.from, now)) });
    }
  }
  return found;
}

function ownTime({ day, from, to }) {
  const now = new Date();
  return { from: at(now, Number(day), Number(from)), to: at(now, Number(day), Number(to)) };
}

function at(now, days, hour) { return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour); }

function dayName(now, days) {
  const date = at(now, days, 0);
  return ['今天', '明天', '后天'][days] ?? `${date.getMonth() + 1}月${date.getDate()}日 周${WEEKDAYS[date.getDay()]}`;
}

function hourName(hour) {
  const part = hour < 12 ? '早上' : hour < 13 ? '中午' : hour < 18 ? '下午' : '晚上';
  return `${part}${hour > 12 ? hour - 12 : hour}点`;
}

// known is what an agreed call fills in.
function known(agreed) {
  return { safe: agreed.safe_to_call, text: agreed.safe_to_text, says: agreed.caller_says, code: agreed.code_word };
}

function radio(value, label) {
  const input = element('input', '');
  Object.assign(input, { type: 'radio', name: 'when', value });
  return element('label', 'pick', input, element('span', '', label));
}

function option(value, label) {
  const o = element('option', '', label);
  o.value = value;
  return o;
}
