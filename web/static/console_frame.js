// What stands round the work: who is on duty, colours, the watermark, short notices.
import { button, element } from './dom.js';
import { ask, now } from './console_api.js';
import { machine } from './console_keep.js';
import { singleKeys } from './console_keys.js';

const NOTICE_STAYS = 12000;

// notices shows one sentence at a time; a person can close it sooner.
export class Notices {
  constructor(box) { this.box = box; }

  say(text, bad = false) {
    clearTimeout(this.timer);
    this.box.classList.toggle('bad', bad);
    this.box.replaceChildren(element('span', '', text), button('知道了', 'link', () => this.clear()));
    this.timer = setTimeout(() => this.clear(), NOTICE_STAYS);
  }

  clear() { this.box.replaceChildren(); }
}

// duty is the switch in the header. onTurn is told after the server has agreed. It returns what shows another duty.
export function duty(box, current, { onTurn, onError }) {
  const show = (now) => {
    current = now;
    for (const input of box.querySelectorAll('input')) input.checked = input.value === now;
  };
  show(current);
  for (const input of box.querySelectorAll('input')) {
    input.addEventListener('change', async () => {
      try {
        await ask('PUT', '/duty', { duty: input.value });
        current = input.value;
        onTurn(current);
      } catch (error) {
        if (!error.code) throw error;
        show(current);
        onError(error);
      }
    });
  }
  return show;
}

const THEMES = [['', '跟系统一样'], ['light', '浅色'], ['dark', '深色']];

export function theme(select) {
  const at = machine.get('theme') ?? '';
  for (const [value, text] of THEMES) {
    const option = element('option', '', text);
    option.value = value;
    select.append(option);
  }
  select.value = at;
  select.addEventListener('change', () => {
    machine.set('theme', select.value);
    if (select.value) document.documentElement.dataset.theme = select.value;
    else delete document.documentElement.dataset.theme;
  });
}

export function keySwitch(input) {
  input.checked = singleKeys.on;
  input.addEventListener('change', () => { singleKeys.on = input.checked; });
}

const MINUTE = 60000;

// watermark lays name and time over the page: a photograph of the screen says whose it was and when.
export function watermark(box, name) {
  const draw = () => {
    const text = `${name} ${new Date(now()).toLocaleString('zh-CN', { dateStyle: 'short', timeStyle: 'short' })}`;
    box.replaceChildren(...Array.from({ length: 40 }, () => element('span', '', text)));
  };
  draw();
  setInterval(draw, MINUTE);
}

// menu closes with Esc and with a press beside it.
export function menus() {
  addEventListener('keydown', (event) => {
    const open = event.key === 'Escape' && document.querySelector('details[open].menu-box, details[open].more-actions');
    if (!open) return;
    open.open = false;
    open.querySelector('summary').focus();
  });
  addEventListener('click', (event) => {
    for (const open of document.querySelectorAll('details[open].menu-box, details[open].more-actions')) {
      if (!open.contains(event.target) || event.target.closest('.menu button')) open.open = false;
    }
  });
}

// signOut forgets this tab's words before the visit ends.
export function signOut(form, csrf, forget) {
  form.querySelector('[name=csrf]').value = csrf;
  form.addEventListener('submit', forget);
}

