// What stands on the screen where somebody may be in danger: short bubbles, the numbers to call as big buttons, and the
// way off the page. The words come whole from the server, and nothing here says how grave it is.
import { button, element } from './dom.js';

// safety makes the parts that stand before an ordinary answer, or instead of one. who says that an AI is speaking.
export function safety({ bubbles, hotlines, quick_exit: exit }, who) {
  const head = element('div', 'safety-head', who);
  if (exit) head.append(exitButton());
  const said = bubbles.map((text) => element('p', 'said', ...withLinks(text, hotlines)));
  const calls = hotlines.length ? [element('ul', 'calls', ...hotlines.map((h) => element('li', '', call(h))))] : [];
  // The buttons stand right under the first words that say when to call.
  const at = bubbles.findIndex((text) => hotlines.some((h) => h.urgent && text.includes(h.number))) + 1 || said.length;
  return [head, ...said.slice(0, at), ...calls, ...said.slice(at)];
}

function exitButton() {
  const b = button('快速离开', 'tool exit', () => b.dispatchEvent(new CustomEvent('leave', { bubbles: true })));
  b.setAttribute('aria-label', '快速离开：马上换成天气页');
  return b;
}

function call({ number, name, link, urgent }) {
  const a = element('a', urgent ? 'call urgent' : 'call', element('strong', '', number), element('span', '', name));
  a.href = link;
  a.setAttribute('aria-label', `${link.startsWith('sms:') ? '发短信给' : '打'} ${number}，${name}`);
  return a;
}

// withLinks makes the numbers in the words links, too.
function withLinks(text, hotlines) {
  let parts = [text];
  for (const { number, link } of hotlines) {
    parts = parts.flatMap((part) => (typeof part === 'string' ? split(part, number, link) : [part]));
  }
  return parts;
}

function split(text, number, link) {
  const parts = [];
  text.split(number).forEach((piece, i) => {
    if (i) {
      const a = element('a', 'tel', number);
      a.href = link;
      parts.push(a);
    }
    if (piece) parts.push(piece);
  });
  return parts;
}
