// 我听到的: what was understood, as buttons. A tap opens a sheet to correct it; the correction is a message.
import { call } from './api.js';
import { button, element, say } from './dom.js';
import { numberField } from './question.js';

export function chips(heard) {
  const list = element('ul', 'chips');
  for (const chip of heard) {
    const open = button('', 'chip', () => correct(chip, open));
    open.append(element('span', 'chip-label', chip.label), element('b', '', chip.text));
    if (chip.guess) { // nothing rests on it until the person has said that it is right
      open.classList.add('guess');
      open.append(element('span', 'chip-guess', '我猜的，对吗？'));
    }
    open.setAttribute('aria-haspopup', 'dialog');
    list.append(element('li', '', open));
  }
  return element('section', 'heard', element('h3', '', '我听到的', element('span', 'hint', '不对就点一下改')), list);
}

let known; // what can be said of each fact, read once

// sayings reads what can be said of a fact; nothing where that fails, and free words do.
async function sayings(fact) {
  try {
    known ??= call('GET', '/api/v1/facts');
    return (await known)[fact] ?? {};
  } catch {
    known = null;
    return {};
  }
}

// correct opens the sheet for one chip.
async function correct(chip, opener) {
  const box = document.getElementById('fact-dialog');
  const tell = (words) => {
    box.close();
    say(opener, `更正：${chip.label}：${words}`);
  };
  box.querySelector('#fact-title').textContent = chip.label;
  const answers = element('div', '');
  const wrong = button('不对，去掉', 'wide', () => tell('去掉'));
  const body = box.querySelector('#fact-body');
  body.replaceChildren(element('p', '', chip.guess ? '我猜您的意思是：' : '我听到的是：', element('b', '', chip.text)));
  if (chip.quote) body.append(element('p', 'small', `您说的：「${chip.quote}」`));
  // A guess counts when the person says so: closing the sheet says nothing.
  if (chip.guess) body.append(button('对，就是这样', 'primary wide', () => tell(chip.text.replaceAll(' ', ''))), wrong, answers);
  else body.append(answers, wrong);
  box.querySelector('.close').textContent = chip.guess ? '先关上' : '没错，关上';
  box.showModal();
  const { options, unit } = await sayings(chip.fact);
  if (options?.length) answers.append(element('p', 'field-label', '应该是'), choiceList(options.filter((o) => !chip.guess || o !== chip.text), tell));
  else answers.append(unit ? numberField(unit, tell) : wordField(tell));
}

function choiceList(options, tell) {
  const list = element('ul', 'replies');
  for (const label of options) list.append(element('li', '', button(label, 'reply', () => tell(label))));
  return list;
}

// wordField takes free words.
function wordField(tell) {
  const input = element('input', '');
  input.type = 'text';
  input.maxLength = 60;
  input.autocomplete = 'off';
  const form = element('form', 'number', element('label', '', element('span', 'field-label', '应该是'), input), element('button', 'primary', '改成这样'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const words = input.value.trim();
    if (words) tell(words);
    else input.focus();
  });
  return form;
}
