// Small tools for making elements.

export function element(name, className, ...children) {
  const e = document.createElement(name);
  if (className) e.className = className;
  e.append(...children);
  return e;
}

export function button(text, className, onClick) {
  const b = element('button', className, text);
  b.type = 'button';
  b.addEventListener('click', onClick);
  return b;
}

const SVG = 'http://www.w3.org/2000/svg';

// svg makes a part of a drawing.
export function svg(name, attributes = {}, ...children) {
  const e = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.append(...children);
  return e;
}

// say hands words to the conversation, as if the person had typed them. They are a message, never an address.
export function say(from, words) { from.dispatchEvent(new CustomEvent('say', { bubbles: true, detail: words })); }
