// What the console remembers: choices on this machine, unsent words in this tab. Nothing of it outlives the sign-out.

const PREFIX = 'xiaohe.console.';

function area(name) {
  try {
    window[name].setItem(PREFIX + 'probe', '1');
    window[name].removeItem(PREFIX + 'probe');
    return window[name];
  } catch {
    const kept = new Map();
    return { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v), removeItem: (k) => kept.delete(k), get length() { return kept.size; }, key: (i) => [...kept.keys()][i] };
  }
}

function keeper(store) {
  return {
    get(key) {
      try { return JSON.parse(store.getItem(PREFIX + key)); } catch { return null; }
    },
    set(key, value) {
      try {
        if (value === null || value === '') store.removeItem(PREFIX + key);
        else store.setItem(PREFIX + key, JSON.stringify(value));
      } catch { /* full: the page goes on without remembering */ }
    },
    clear() {
      const keys = Array.from({ length: store.length }, (_, i) => store.key(i)).filter((key) => key.startsWith(PREFIX));
      for (const key of keys) store.removeItem(key);
    },
  };
}

export const tab = keeper(area('sessionStorage'));
export const machine = keeper(area('localStorage'));
