// Where the worker writes. Ctrl+Enter sends; plain Enter makes a line, also for input methods. Words that are not sent yet
// are kept per conversation.
import { CannedMenu } from './console_canned.js';
import { tab } from './console_keep.js';
import { composing, counted, grow, tooLong } from './writing.js';

const SAY_EVERY = 2000; // ms between two typing frames

export class Composer {
  // onSend gets the words, onTyping whether somebody is writing.
  constructor(form, { onSend, onTyping }) {
    Object.assign(this, { form, onSend, onTyping });
    this.input = form.querySelector('textarea');
    this.counter = form.querySelector('.counter');
    this.reason = form.querySelector('#composer-reason');
    this.send = form.querySelector('.send');
    this.canned = new CannedMenu(form.querySelector('#canned'), this.input, (text, select) => this.insert(text, select));
    form.querySelector('#canned-open').addEventListener('click', () => this.canned.toggle());
    this.cannedOpen = form.querySelector('#canned-open');
    this.input.addEventListener('input', () => { this.written(); this.tell(); });
    this.input.addEventListener('keydown', (event) => {
      this.key(event);
      this.used = event.defaultPrevented;
    });
    this.input.addEventListener('keypress', (event) => { if (this.used) event.preventDefault(); }); // its letter or line break
    this.input.addEventListener('blur', () => this.quiet());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    this.about(null, '从左边选一张工单。');
  }

  // about sets whom the words go to. A reason why nothing can be written disables the field and says so.
  about(ticket, reason, context = {}) {
    const conv = ticket?.conversation ?? null;
    if (conv !== this.conv) {
      this.conv = conv;
      this.input.value = (conv && tab.get(`words.${conv}`)) ?? '';
      this.written();
      this.canned.close();
    }
    if (!reason) this.resume();
    this.paused = null;
    const off = Boolean(reason);
    if (off && document.activeElement === this.input) this.input.blur();
    for (const e of [this.input, this.send, this.cannedOpen]) e.disabled = off;
    this.reason.textContent = reason;
    this.reason.hidden = !off;
    this.form.classList.toggle('off', off);
    this.canned.about(ticket?.region ?? '', context);
  }

  // pause keeps the words and lets nobody add to them until about says how things stand, or resume that nobody can tell.
  pause(reason) {
    if (this.input.disabled) return;
    this.paused = { focus: document.activeElement === this.input };
    for (const e of [this.input, this.send]) e.disabled = true;
    this.reason.textContent = reason;
    this.reason.hidden = false;
  }

  resume() {
    if (!this.paused) return;
    const { focus } = this.paused;
    this.paused = null;
    for (const e of [this.input, this.send]) e.disabled = false;
    this.reason.hidden = true;
    if (focus) this.input.focus();
  }

  focus() { this.input.focus(); }

  get typing() { return Boolean(this.told); }

  key(event) {
    if (composing(event)) return;
    if (this.canned.key(event)) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.submit();
    }
  }

  written() {
    grow(this.input, 220);
    this.counter.textContent = counted(this.input.value);
    if (this.conv) tab.set(`words.${this.conv}`, this.input.value);
    this.canned.typed();
  }

  tell() {
    if (!this.input.value.trim()) { this.quiet(); return; }
    if (Date.now() - (this.told ?? 0) < SAY_EVERY) return;
    this.told = Date.now();
    this.onTyping(true);
  }

  quiet() {
    if (!this.told) return;
    this.told = 0;
    this.onTyping(false);
  }

  insert(text, [from, to] = [text.length, text.length]) {
    this.input.value = text;
    this.input.focus();
    this.input.setSelectionRange(from, to);
    this.written();
  }

  takeBack(body) { this.insert(this.input.value ? `${this.input.value}\n${body}` : body); }

  submit() {
    const body = this.input.value.trim();
    if (this.input.disabled || !body || tooLong(body)) return;
    this.input.value = '';
    this.written();
    this.quiet();
    this.onSend(body);
  }
}
