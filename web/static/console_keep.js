// What the console remembers: choices on this machine, unsent words in this tab. Nothing of it outlives the sign-out.
import { area } from './storage.js';

const PREFIX = 'xiaohe.console.';

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
