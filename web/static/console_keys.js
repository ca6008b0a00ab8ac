// Single keys for those who work all day with the keyboard. They are off in text fields and dialogs, and can be switched
// off altogether (WCAG 2.1.4).
import { element } from './dom.js';
import { tell } from './console_form.js';
import { machine } from './console_keep.js';
import { composing } from './writing.js';

const KEYS = [
  ['N', '接下一位'], ['J', '队列里往下'], ['K', '队列里往上'], ['Enter', '打开选中的'], ['R', '回话'], ['T', '转给别人'], ['S', '看小结'],
  ['/', '常用话'], ['Ctrl+Enter', '发送'], ['Alt+C', '结束'], ['?', '这张表'],
];

export const singleKeys = {
  get on() { return machine.get('keys') !== false; },
  set on(value) { machine.set('keys', value); },
};

// keys calls on[key] for a key that is pressed: n j k r t s / ? and close for Alt+C.
export function keys(on) {
  addEventListener('keydown', (event) => {
    if (composing(event) || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === 'KeyC') {
      event.preventDefault();
      on.close();
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey || !singleKeys.on || event.target.closest?.('input, textarea, select, [contenteditable]')) return;
    const act = on[event.key.toLowerCase()];
    if (!act || event.key.length > 1) return;
    event.preventDefault();
    act();
  });
}

export function help() {
  tell('键盘', element('p', 'small', singleKeys.on ? '写字的时候，单个的键不起作用。' : '单个的键现在关着，可以在「菜单」里打开。'),
    element('dl', 'keys', ...KEYS.map(([key, text]) => element('div', '', element('dt', '', element('kbd', '', key)), element('dd', '', text)))));
}
