// The printable page of a card: reads it with the visit's token, which is in no address.
import { call } from './api.js';
import { textSize } from './dialogs.js';
import { session } from './session.js';

const $ = (id) => document.getElementById(id);

textSize($('text-size'));
$('print').addEventListener('click', () => print());
$('back').addEventListener('click', (event) => {
  if (!window.opener) return;
  event.preventDefault();
  window.close(); // the conversation is in the tab behind
});

const [, , conv, seq] = location.pathname.split('/');
try {
  await session.find();
  const { html } = await call('GET', `/v1/conv/${conv}/cards/${seq}`);
  $('sheet').innerHTML = html; // escaped by the server's template
  $('status').hidden = true;
  $('print').hidden = false;
} catch (error) {
  $('status').textContent = error.code === 'offline'
    ? '没连上网络，打不开。请过一会儿再试。'
    : '这张卡打不开了：谈话已经结束，或者不是从谈话里打开的。请回到谈话，再点一次「打印 / 保存」。';
}
