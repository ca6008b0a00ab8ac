// Words on their way to a family. They stay in this tab until the server has them, over reloads too, and keep their id
// over every retry: the server stores each of them once.
import { randomID } from './storage.js';
import { ask } from './console_api.js';
import { tab } from './console_keep.js';

const AGAIN_AFTER = 3000;
const AGAIN = ['rate', 'try_again', 'offline', 'auth']; // tried again by itself

export class Outbox {
  // onChange is told when an entry has come, gone or failed: (conv); onStored(conv, entry, receipt) when the server has it.
  constructor(member, { onChange, onStored }) {
    Object.assign(this, { key: `outbox.${member}`, onChange, onStored });
    this.entries = tab.get(this.key) ?? [];
    addEventListener('online', () => this.flush());
  }

  of(conv) { return this.entries.filter((entry) => entry.conv === conv); }

  add(conv, body) {
    this.entries.push({ id: randomID(), conv, body });
    this.changed(conv);
    this.flush();
  }

  again(entry) {
    delete entry.error;
    this.changed(entry.conv);
    this.flush();
  }

  remove(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.changed(entry.conv);
  }

  changed(conv) {
    tab.set(this.key, this.entries);
    this.onChange(conv);
  }

  // flush sends one after the other. Behind one that cannot go the others of its conversation wait: order is kept.
  async flush() {
    if (this.sending) return;
    this.sending = true;
    clearTimeout(this.timer);
    try {
      for (;;) {
        const next = this.entries.find((entry) => !entry.error && !this.entries.some((before) => before.conv === entry.conv && before.error));
        if (!next || !await this.send(next)) return;
      }
    } finally {
      this.sending = false;
    }
  }

  async send(entry) {
    try {
      const receipt = await ask('POST', `/conv/${entry.conv}/messages`, { client_msg_id: entry.id, kind: 'text', body: entry.body });
      this.entries = this.entries.filter((other) => other !== entry);
      tab.set(this.key, this.entries);
      this.onStored(entry.conv, entry, receipt);
      return true;
    } catch (error) {
      if (AGAIN.includes(error.code)) {
        entry.waiting = error.code === 'offline';
        this.timer = setTimeout(() => this.flush(), Math.max(error.retryAfter, AGAIN_AFTER));
      } else {
        entry.error = error.message;
      }
      this.changed(entry.conv);
      return !AGAIN.includes(error.code);
    }
  }
}
