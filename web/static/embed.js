// The widget's side of the talk with the page that shows it. Only that page, with this load's nonce, is heard; what
// is said goes to that page's origin alone.

const HEARD = ['open', 'close'];

export function embedded(onOpen) {
  if (window.parent === window) return null;
  const nonce = location.hash.slice(1);
  let host = null;
  const say = (type, value) => { if (host) window.parent.postMessage({ xiaohe: nonce, type, value }, host); };
  window.addEventListener('message', (event) => {
    const data = event.data;
    if (event.source !== window.parent || !nonce || data?.xiaohe !== nonce || !HEARD.includes(data.type)) return;
    host = event.origin; // frame-ancestors has let it show us
    if (data.type === 'open') onOpen();
  });
  return {
    close: () => say('close'),
    unread: (n) => say('unread', n),
    exit: () => say('exit'),
  };
}
