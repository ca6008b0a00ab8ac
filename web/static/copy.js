// 复制文字: the card as plain text on the clipboard. Where the browser refuses, the text is shown and selected.
import { button, element } from './dom.js';

export function copyButton(text) {
  const status = element('span', 'copied');
  status.setAttribute('role', 'status');
  const copy = button('复制文字', 'ghost', async () => {
    if (await toClipboard(text)) status.textContent = '✓ 已复制，可以粘贴发给家里人';
    else show(text);
  });
  const box = document.createDocumentFragment();
  box.append(copy, status);
  return box;
}

// toClipboard tells whether the text is on the clipboard. navigator.clipboard exists on https only.
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

// show lets the person copy by hand; the older way of copying works there for many phones.
function show(text) {
  const box = document.getElementById('copy-dialog');
  const area = box.querySelector('textarea');
  area.value = text;
  box.showModal();
  area.focus();
  area.select();
  const done = document.execCommand('copy');
  box.querySelector('#copy-status').textContent = done ? '✓ 已复制，可以粘贴发给家里人' : '文字已经选好：长按（或按 Ctrl+C）就能复制。';
}
