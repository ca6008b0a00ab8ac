/* 小禾: <script async src="https://…/widget.js" data-site="name"></script>. Adds a button and a frame on our own
   origin. Reads nothing of the page that includes it. */
(function () {
  'use strict';
  var script = document.currentScript;
  if (!script || window.__xiaohe) return;
  window.__xiaohe = true;

  var origin = new URL(script.src).origin;
  var site = (script.dataset.site || 'self').toLowerCase().replace(/[^a-z0-9.-]/g, '').slice(0, 64) || 'self';
  var nonce = Array.prototype.map.call(crypto.getRandomValues(new Uint8Array(16)), function (b) {
    return ('0' + b.toString(16)).slice(-2);
  }).join('');

  // A shadow root keeps the page's styles out; styles set by script pass a strict style-src.
  function style(element, rules) {
    for (var name in rules) element.style.setProperty(name, rules[name], 'important');
  }

  var host = document.createElement('div');
  style(host, { all: 'initial', display: 'block', visibility: 'visible' });
  var root = host.attachShadow({ mode: 'closed' });
  var button = document.createElement('button');
  button.type = 'button';
  button.textContent = '问小禾';
  button.setAttribute('aria-expanded', 'false');
  button.setAttribute('aria-label', '问小禾：孩子的福利政策');
  style(button, {
    position: 'fixed', right: '16px', bottom: '16px', 'z-index': '2147483646', 'min-width': '64px', 'min-height': '60px',
    padding: '0 22px', border: '0', 'border-radius': '30px', background: '#1c6b4a', color: '#fff', cursor: 'pointer',
    font: '600 20px/1.2 system-ui,sans-serif', 'box-shadow': '0 4px 16px rgba(0,0,0,.3)'
  });
  root.appendChild(button);
  var frame = null;
  var loaded = false;
  var visible = false;

  function say(type) {
    if (loaded) frame.contentWindow.postMessage({ xiaohe: nonce, type: type }, origin);
  }

  function build() {
    frame = document.createElement('iframe');
    frame.title = '小禾：孩子的福利政策问答';
    frame.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation');
    frame.referrerPolicy = 'no-referrer';
    frame.src = origin + '/widget?site=' + encodeURIComponent(site) + '#' + nonce;
    frame.addEventListener('load', function () {
      loaded = true;
      say(visible ? 'open' : 'close');
    });
    style(frame, {
      position: 'fixed', right: '16px', bottom: '88px', 'z-index': '2147483646', border: '0', 'border-radius': '16px',
      background: '#fff', 'box-shadow': '0 8px 32px rgba(0,0,0,.3)', width: 'min(420px, calc(100vw - 32px))',
      height: 'min(720px, calc(100vh - 120px))', 'color-scheme': 'normal'
    });
    root.appendChild(frame);
  }

  function show(on) {
    visible = on;
    if (on && !frame) build();
    style(frame, { display: on ? 'block' : 'none' });
    button.textContent = on ? '收起' : '问小禾';
    button.setAttribute('aria-expanded', String(on));
    say(on ? 'open' : 'close');
    if (!on) button.focus();
  }

  button.addEventListener('click', function () { show(!visible); });
  document.addEventListener('keydown', function (event) { if (event.key === 'Escape' && visible) show(false); });

  window.addEventListener('message', function (event) {
    var data = event.data;
    if (!frame || event.origin !== origin || event.source !== frame.contentWindow || !data || data.xiaohe !== nonce) return;
    switch (data.type) {
      case 'close':
        show(false);
        break;
      case 'unread':
        if (!visible) button.textContent = data.value > 0 ? '小禾有回答' : '问小禾';
        break;
      case 'exit':
        host.remove();
        location.replace(origin + '/tianqi');
        break;
    }
  });

  (document.body || document.documentElement).appendChild(host);
})();
