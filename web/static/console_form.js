// Dialogs with a form: every action of the console asks for what it needs in one of them. They are real <dialog>s: focus
// goes in and comes back, Esc closes.
import { button, element } from './dom.js';

const TYPING = 200; // ms

let count = 0;

// form shows a dialog and resolves to what was entered, or null when the person left it. send(values) does the work; while
// it fails its words stand in the dialog, which stays open with everything that was entered.
//
// A field is {name, label, kind, options, value, hint, required, when, find}. kind: text, area, select, radio, checks, time,
// note, find. options: [value, text] pairs; find(words) looks them up. when(values) tells whether the field is asked at all.
export function form({ title, intro = [], fields = [], submit = '好', danger = false, send }) {
  const box = element('dialog', 'dialog');
  const id = `form-${++count}`;
  box.setAttribute('aria-labelledby', id);
  const heading = element('h2', '', title);
  heading.id = id;
  const rows = fields.map((field) => new Field(field));
  const values = () => Object.fromEntries(rows.filter((row) => row.on).map((row) => [row.name, row.entered]));
  const status = complaint();
  status.hidden = true;
  const go = element('button', danger ? 'primary danger' : 'primary', submit);
  const body = element('form', '', heading, ...intro.map((text) => (text instanceof Node ? text : element('p', 'small', text))),
    ...rows.map((row) => row.box), status, element('div', 'actions', go, button('先不', 'ghost', () => box.close())));
  body.noValidate = true;
  box.append(body);
  const settle = () => { const all = values(); for (const row of rows) row.settle(all); };
  body.addEventListener('input', settle);
  settle();
  const closed = show(box);
  (rows.find((row) => row.on && row.first)?.first ?? go).focus();
  let result = null;
  const say = (text) => {
    status.textContent = text;
    status.hidden = !text;
  };
  body.addEventListener('submit', async (event) => {
    event.preventDefault();
    const missing = rows.find((row) => row.on && row.missing);
    if (missing) {
      say(`请填「${missing.label}」`);
      missing.first.focus();
      return;
    }
    say('');
    go.disabled = true;
    try {
      const entered = values();
      result = send ? await send(entered) ?? entered : entered;
      box.close();
    } catch (error) {
      if (!error.code) throw error;
      say(error.message);
    } finally {
      go.disabled = false;
    }
  });
  return closed.then(() => result);
}

// tell shows something that needs only to be read; it resolves when it is closed.
export function tell(title, ...content) {
  const box = element('dialog', 'dialog', element('h2', '', title), ...content);
  box.setAttribute('aria-label', title);
  box.append(element('div', 'actions', button('关上', 'primary', () => box.close())));
  return show(box);
}

// show opens a dialog; it resolves when that is closed, and the focus is back where it was.
function show(box) {
  const opener = document.activeElement;
  document.body.append(box);
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener('close', () => {
      box.remove();
      if (opener?.isConnected) opener.focus();
      resolve();
    });
  });
}

// complaint is the line in which a refusal is read out.
export function complaint() {
  const line = element('p', 'bad');
  line.setAttribute('role', 'alert');
  return line;
}

// saver is a button for work that the server may refuse, with the line for its words before it.
export function saver(text, work) {
  const status = complaint();
  const save = button(text, 'primary', async () => {
    save.disabled = true;
    try {
      await work();
    } catch (error) {
      if (!error.code) throw error;
      status.textContent = error.message;
    } finally {
      save.disabled = false;
    }
  });
  return [status, save];
}

class Field {
  constructor(field) {
    Object.assign(this, field);
    this.required = field.required ?? true;
    this.id = `field-${++count}`;
    this.on = true;
    this.box = { radio: () => this.group('radio'), checks: () => this.group('checkbox'), note: () => this.remark(), find: () => this.search() }[field.kind]?.() ?? this.single();
    if (field.hint) this.box.append(element('small', 'hint', field.hint));
  }

  remark() {
    this.required = false;
    return element('p', 'small', this.label);
  }

  single() {
    const input = element({ area: 'textarea', select: 'select' }[this.kind] ?? 'input');
    input.id = this.id;
    input.name = this.name;
    if (this.kind === 'area') input.rows = this.rows ?? 3;
    if (this.kind === 'time') input.type = 'datetime-local';
    if (this.kind === 'select') this.fill(input, this.options ?? []);
    if (this.max) input.maxLength = this.max;
    if (this.value !== undefined) input.value = this.value;
    input.required = this.required;
    this.first = input;
    const label = element('label', 'caption', this.label, this.required ? '' : element('span', 'soft', '（可以不填）'));
    label.htmlFor = this.id;
    return element('div', 'field', label, input);
  }

  fill(input, options) {
    input.replaceChildren(...[['', '请选择'], ...options].map(([value, text]) => {
      const option = element('option', '', text);
      option.value = value;
      return option;
    }));
  }

  // search is a select whose options are looked up by what is typed above it.
  search() {
    const words = element('input');
    Object.assign(words, { type: 'search', id: `${this.id}-words`, maxLength: 30 });
    const select = element('select');
    Object.assign(select, { id: this.id, name: this.name });
    select.setAttribute('aria-label', `${this.label}：从找到的里选`);
    this.fill(select, []);
    const find = async () => {
      const typed = words.value.trim();
      const found = typed ? await this.find(typed).catch(() => []) : [];
      if (typed !== words.value.trim()) return;
      this.fill(select, found);
      if (found.length) select.value = found[0][0];
    };
    words.addEventListener('input', () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(find, TYPING);
    });
    this.first = select;
    const label = element('label', 'caption', this.label);
    label.htmlFor = words.id;
    return element('div', 'field', label, words, select);
  }

  group(type) {
    const box = element('fieldset', `field ${type}`, element('legend', 'caption', this.label));
    this.inputs = this.options.map(([value, text]) => {
      const input = element('input');
      Object.assign(input, { type, name: this.name, value });
      input.checked = type === 'radio' ? value === this.value : (this.value ?? []).includes(value);
      box.append(element('label', 'choice', input, element('span', '', text)));
      return input;
    });
    this.first = this.inputs[0];
    return box;
  }

  get chosen() { return this.inputs.filter((input) => input.checked).map((input) => input.value); }

  // entered is the answer as the server gets it: text, a list for checks, a moment for a time.
  get entered() {
    if (this.kind === 'checks') return this.chosen;
    if (this.kind === 'radio') return this.chosen[0] ?? '';
    if (this.kind === 'note') return undefined;
    const text = this.first.value.trim();
    return this.kind === 'time' && text ? new Date(text).toISOString() : text;
  }

  get missing() { return this.required && (this.kind === 'checks' ? this.chosen.length === 0 : !this.entered); }

  settle(values) {
    if (!this.when) return;
    this.on = this.when(values);
    this.box.hidden = !this.on;
  }
}
