// What passes between two people who write to each other: who is typing, and what has been read. None of it is kept.

const TYPING_FOR = 6000; // ms until a typing that nobody ended is over
const SAY_EVERY = 2000; // ms between two frames that say so

export class Live {
  // status is the line that says who is typing; tell sends a frame that may be lost.
  constructor({ log, status, tell }) {
    Object.assign(this, { log, status, tell });
    this.human = '';
    this.marks = null;
    this.said = 0;
  }

  // holds says who holds the conversation, '' where nobody does.
  holds(name) {
    this.human = name;
    if (!name) this.typing({ on: false });
  }

  hear(frame) {
    if (frame.t === 'typing' && frame.d.who === 'worker') this.typing(frame.d);
    if (frame.t === 'read' && frame.d.who === 'worker') this.read(frame.d);
    if (frame.t === 'msg' && frame.d.sender.kind === 'worker') this.typing({ on: false });
    if (frame.t === 'msg' && frame.d.sender.kind === 'user') this.mark();
  }

  typing({ name, on }) {
    clearTimeout(this.over);
    const text = on ? `${name || '社工'}正在写…` : '';
    if (this.status.textContent !== text) this.status.textContent = text;
    if (on) this.over = setTimeout(() => this.typing({ on: false }), TYPING_FOR);
  }

  // writes tells the worker that this person is writing, while one is there.
  writes(on) {
    clearTimeout(this.idle);
    const now = Date.now();
    if (!this.human || (on ? now - this.said < SAY_EVERY : !this.said)) return;
    this.said = on ? now : 0;
    this.tell('typing', { on });
    if (on) this.idle = setTimeout(() => this.writes(false), TYPING_FOR - 1000);
  }

  read(marks) {
    if (!marks) return;
    this.marks = { delivered: Math.max(marks.delivered, this.marks?.delivered ?? 0), read: Math.max(marks.read, this.marks?.read ?? 0) };
    this.mark();
  }

  forget() {
    this.marks = null;
    this.typing({ on: false });
  }

  // mark says under the person's own messages since a worker came how far they have got.
  mark() {
    if (!this.marks) return;
    const came = Array.from(this.log.querySelectorAll('.system[data-event=claimed]')).pop();
    const since = Number(came?.dataset.seq ?? 0);
    for (const item of this.log.querySelectorAll('.user[data-seq]')) {
      const seq = Number(item.dataset.seq);
      if (seq < since) continue;
      const text = seq <= this.marks.read ? '社工已看' : seq <= this.marks.delivered ? '已送到' : '已发出';
      const line = item.querySelector('.receipt');
      if (line.textContent !== text) line.textContent = text;
    }
  }
}
