// What stands round the work: who is on duty, colours, the watermark, short notices.
import { button, element } from './dom.js';
import { ask, now } from './console_api.js';
import { form } from './console_form.js';
import { machine, tab } from './console_keep.js';
import { singleKeys } from './console_keys.js';

const NOTICE_STAYS = 12000;

const $ = (id) => document.getElementById(id);

// Notices shows one sentence at a time; a person can close it sooner.
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
      const to = input.value;
      try {
        if (to === 'off' && !await mayGo()) {
          show(current);
          return;
        }
        await ask('PUT', '/duty', { duty: to });
        show(to);
        onTurn(to);
      } catch (error) {
        if (!error.code) throw error;
        show(current);
        onError(error);
      }
    });
  }
  return show;
}

// mayGo asks whoever goes home with conversations in their hands: the server puts all of them back into the queue.
async function mayGo() {
  const { mine: { length: held } } = await ask('GET', '/queue');
  return !held || form({
    title: '现在就下班？', submit: `下班，放下这 ${held} 次谈话`, danger: true,
    intro: [`您手上还有 ${held} 次谈话没结束。现在下班，几秒钟内就都回到队伍里，等别的社工接，家里人会看到换人。`, '也可以先不下班：把谈话结束，或者转给同事。'],
  });
}

const THEMES = [['', '跟系统一样'], ['light', '浅色'], ['dark', '深色']];

function theme(select) {
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
function watermark(box, name) {
  const draw = () => {
    const text = `${name} ${new Date(now()).toLocaleString('zh-CN', { dateStyle: 'short', timeStyle: 'short' })}`;
    box.replaceChildren(...Array.from({ length: 40 }, () => element('span', '', text)));
  };
  draw();
  setInterval(draw, MINUTE);
}

// menus close with Esc and with a press beside it.
function menus() {
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
function signOut(exit, csrf) {
  exit.querySelector('[name=csrf]').value = csrf;
  exit.addEventListener('submit', () => tab.clear());
}

// frame makes what every page of the console has: its menu with colours and the way out, and the watermark.
export function frame(me) {
  theme($('theme'));
  menus();
  watermark($('watermark'), me.name);
  signOut($('sign-out'), me.csrf);
}

