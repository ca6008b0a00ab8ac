// The answer that is on its way: dots, then its sentences as they come. Only the stored message counts; the draft goes
// when it is there. It stands outside the log, so that screen readers hear an answer once, whole.
import { element } from './dom.js';

const THINK_AT_MOST = 40000; // the server has said something by then

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
