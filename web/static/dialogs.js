// Dialogs, text size and quick exit.
import { session } from './session.js';
import { store } from './storage.js';

// dialog opens a labelled dialog from its button; focus goes in and comes back, Esc closes (the browser sees to it).
export function dialog(opener, box, onOpen = () => {}) {
  opener.addEventListener('click', () => {
    onOpen();
    box.showModal();
  });
  closable(box);
}

// closable lets a click beside a dialog, or on its button, close it.
export function closable(box) {
  box.addEventListener('click', (event) => {
    if (event.target === box || event.target.closest('[data-close]')) box.close();
  });
}

const SIZES = [['', '标准'], ['large', '大'], ['huge', '特大']];

// textSize goes round: standard, large, huge.
export function textSize(button) {
  const show = () => {
    const now = SIZES.findIndex(([name]) => name === (document.documentElement.dataset.text ?? ''));
    button.setAttribute('aria-label', `字的大小：${SIZES[now][1]}。按一下换成${SIZES[(now + 1) % SIZES.length][1]}`);
    button.setAttribute('aria-pressed', String(now > 0));
    button.firstElementChild.textContent = ['大字', '特大字', '标准字'][now];
    return now;
  };
  button.addEventListener('click', () => {
    const [name] = SIZES[(show() + 1) % SIZES.length];
    if (name) document.documentElement.dataset.text = name;
    else delete document.documentElement.dataset.text;
    store.textSize(name);
    show();
  });
  show();
}

const NEUTRAL = '/tianqi';

// leave blanks the page first, then forgets everything, then goes: whoever looks over the shoulder sees nothing.
export function leave({ chat, embed }) {
  document.body.replaceChildren();
  document.title = '天气';
  chat.stop();
  session.end();
  store.clear();
  embed?.exit();
  location.replace(NEUTRAL);
}

const PRESSES = 3;
const WITHIN = 2000; // ms

// shiftThrice leaves after three presses of Shift alone. Chinese input methods use one Shift to switch: anything
// typed in between starts over, and the way there is shown.
export function shiftThrice(hint, go) {
  let presses = 0;
  let timer;
  let alone = false;
  const reset = () => {
    presses = 0;
    hint.hidden = true;
  };
  addEventListener('keydown', (event) => {
    alone = event.key === 'Shift' && !event.repeat && !event.isComposing;
    if (event.key !== 'Shift') reset();
  });
  addEventListener('keyup', (event) => {
    if (event.key !== 'Shift' || !alone) return;
    presses++;
    clearTimeout(timer);
    timer = setTimeout(reset, WITHIN);
    hint.hidden = presses < 2;
    hint.textContent = `再按 ${PRESSES - presses} 次 Shift 就离开`;
    if (presses >= PRESSES) go();
  });
}
