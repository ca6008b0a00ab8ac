// What the page remembers. The session lives in this tab's sessionStorage; on a person's own phone in localStorage;
// in memory where the browser blocks both.

const PREFIX = 'xiaohe.';

// area is a storage of the browser, or memory that looks like one.
export function area(name) {
  try {
    const a = window[name];
    a.setItem(PREFIX + 'probe', '1');
    a.removeItem(PREFIX + 'probe');
    return a;
  } catch {
    const kept = new Map();
    return {
      getItem: (k) => kept.get(k) ?? null,
      setItem: (k, v) => kept.set(k, v),
      removeItem: (k) => kept.delete(k),
      key: (i) => [...kept.keys()][i],
      get length() { return kept.size; },
    };
  }
}

const tab = area('sessionStorage');
const device = area('localStorage');

const SHARED = ['token', 'conv', 'region', 'asked'];
const OWN = ['outbox', 'words', 'own', 'text', 'hidden', 'wish', 'callback', 'rating']; // of this tab, or of the device

export const store = {
  get ownDevice() { return device.getItem(PREFIX + 'own') === '1'; },

  get(key) {
    const text = tab.getItem(PREFIX + key) ?? (this.ownDevice && SHARED.includes(key) ? device.getItem(PREFIX + key) : null);
    try { return text === null ? null : JSON.parse(text); } catch { return null; }
  },

  set(key, value) {
    const text = JSON.stringify(value);
    try {
      tab.setItem(PREFIX + key, text);
      if (this.ownDevice && SHARED.includes(key)) device.setItem(PREFIX + key, text);
    } catch { /* full: the page goes on without remembering */ }
  },

  remove(key) {
    tab.removeItem(PREFIX + key);
    if (SHARED.includes(key)) device.removeItem(PREFIX + key);
  },

  keepOnDevice(own) {
    if (own) device.setItem(PREFIX + 'own', '1');
    else device.removeItem(PREFIX + 'own');
    for (const key of SHARED) {
      const value = this.get(key);
      if (own && value !== null) device.setItem(PREFIX + key, JSON.stringify(value));
      else device.removeItem(PREFIX + key);
    }
  },

  textSize(size) {
    try { device.setItem(PREFIX + 'text', size); } catch { /* not remembered */ }
  },

  clear() {
    for (const a of [tab, device]) {
      for (const key of [...SHARED, ...OWN]) a.removeItem(PREFIX + key);
    }
  },
};

// randomID works without a secure context, where crypto.randomUUID does not exist.
export function randomID() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}
