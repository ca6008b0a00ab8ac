// The answer that is on its way: dots, then its sentences as they come. Only the stored message counts; the draft goes
// when it is there. It stands outside the log, so that screen readers hear an answer once, whole.
import { element } from './dom.js';

const THINK_AT_MOST = 40000; // the server has said something by then

export class Draft {
  // onGrow is called when there is more to see.
  constructor({ item, status, onGrow }) {
    Object.assign(this, { item, status, onGrow });
    this.body = item.querySelector('.body');
    this.owed = new Set(); // seqs of questions without an answer
  }

  // count looks at every stored message: a question is owed an answer, an answer or its notice pays.
  count({ seq, d: { sender, meta } }) {
    if (sender.kind === 'user') this.owed.add(seq);
    else this.owed.delete(meta?.user_seq);
    this.show();
  }

  show() {
    clearTimeout(this.tired);
    const on = this.owed.size > 0;
    this.of = 0;
    this.item.hidden = !on;
    this.body.replaceChildren(element('span', 'dots', '正在查文件'));
    this.status.textContent = on ? '小禾正在查文件' : '';
    if (on) this.tired = setTimeout(() => this.clear(), THINK_AT_MOST);
  }

  clear() {
    this.owed.clear();
    this.show();
  }

  // add takes a bot.delta frame.
  add({ user_seq: seq, text, dropped }) {
    if (!this.owed.has(seq)) return;
    if (dropped) {
      this.owed.delete(seq);
      this.show();
      return;
    }
    if (this.of !== seq) {
      this.of = seq;
      this.body.replaceChildren();
    }
    this.body.append(text);
    this.onGrow();
  }
}
