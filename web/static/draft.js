// The answer that is on its way: dots, then its sentences as they come. Only the stored message counts; the draft goes
// when it is there. It stands outside the log, so that screen readers hear an answer once, whole.
import { element } from './dom.js';

const THINK_AT_MOST = 40000; // the server has said something by then
const READS = 700; // ms after which somebody has begun to read

// Events of a handover after which a person answers, and after which 小禾 does.
const TAKEN = ['claimed', 'transferred'];
const LEFT = ['opened', 'waiting', 'released', 'returned', 'closed'];

export class Draft {
  // onGrow is called when there is more to see.
  constructor({ item, status, onGrow }) {
    Object.assign(this, { item, status, onGrow });
    this.body = item.querySelector('.body');
    this.owed = new Set(); // seqs of questions without an answer
    this.human = false; // a person answers: nothing is looked up
  }

  // count looks at every stored message: a question is owed an answer, an answer or its notice pays.
  count({ seq, d: { sender, meta } }) {
    const { event, worker } = meta?.handoff ?? {};
    if (TAKEN.includes(event) && worker) this.human = true;
    else if (LEFT.includes(event)) this.human = false;
    if (this.human) this.owed.clear();
    else if (sender.kind === 'user') this.owed.add(seq);
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

  // held says whether a person has the conversation.
  held(human) {
    this.human = human;
    if (human) this.clear();
  }

  // add takes a bot.delta frame. Pieces may be lost: what would leave a hole waits for the whole answer.
  add({ user_seq: seq, at = 0, text = '', dropped }) {
    if (!this.owed.has(seq)) return;
    if (dropped) { // the answer is looked for anew
      this.show();
      return;
    }
    if (at === 0) {
      if (this.of !== seq) this.since = performance.now();
      this.of = seq;
      this.length = 0;
      this.body.replaceChildren();
    }
    if (this.of !== seq || at !== this.length) return;
    this.length += [...text].length;
    this.body.append(...text.split(/(\[\d+\])/).filter(Boolean).map((part) => (/^\[\d+\]$/.test(part) ? element('span', 'mark', part) : part)));
    this.onGrow();
  }

  // readAt is where the words of an answer stand that somebody may be reading already; null where nobody can be. A
  // script is no answer: it stands at the top.
  readAt({ d: { meta } }) {
    if (!this.of || this.of !== meta?.user_seq || meta.danger || performance.now() - this.since < READS) return null;
    return this.item.getBoundingClientRect().top;
  }
}
