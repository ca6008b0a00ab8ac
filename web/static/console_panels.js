// The right column: what is known of a ticket, in tabs.
import { button, element } from './dom.js';
import { contact } from './console_contact.js';
import { facts } from './console_facts.js';
import { notes, summary } from './console_notes.js';
import { evidence, events } from './console_evidence.js';

const TABS = [
  ['evidence', '依据', evidence], ['facts', '情况与福利', facts], ['summary', '小结', summary],
  ['notes', '记录', notes], ['events', '经过', events], ['contact', '联系', contact],
];

// Panels shows one tab at a time. on is {jump(seq), open(ticket), changed()}: what the content of a tab can ask for.
export class Panels {
  constructor(root, on) {
    Object.assign(this, { root, on });
    this.list = root.querySelector('[role=tablist]');
    this.body = root.querySelector('[role=tabpanel]');
    this.at = 'evidence';
    this.written = new Map(); // what stands in the tabs in which somebody has begun to write
    this.body.addEventListener('input', () => this.written.set(this.at, [...this.body.childNodes]));
    this.body.addEventListener('focusout', ({ relatedTarget }) => {
      if (this.late && !this.written.has(this.at) && !this.body.contains(relatedTarget)) this.fill();
    });
    this.list.replaceChildren(...TABS.map(([name, text]) => {
      const tab = button(text, 'tab', () => this.choose(name));
      tab.id = `tab-${name}`;
      tab.setAttribute('role', 'tab');
      tab.setAttribute('aria-controls', this.body.id);
      return tab;
    }));
    this.list.addEventListener('keydown', (event) => this.key(event));
    this.choose(this.at);
  }

  // show takes the ticket's detail. What somebody is writing or has the focus on stays as it is until they are done.
  show(detail) {
    const same = detail?.ticket.id === this.detail?.ticket.id;
    if (same && JSON.stringify(detail) === JSON.stringify(this.detail)) return;
    const forced = this.stored || !same || detail?.can?.note !== this.detail?.can?.note;
    this.detail = detail;
    if (!same || !detail?.can?.note) this.written.clear();
    this.late = !forced && (this.written.has(this.at) || this.body.contains(document.activeElement) && this.body !== document.activeElement);
    if (!this.late) this.fill();
  }

  // forget ends the writing in the open tab: it is stored.
  forget() {
    this.written.delete(this.at);
    this.stored = true;
  }

  fill() {
    this.late = this.stored = false;
    const focus = this.body.contains(document.activeElement);
    if (this.written.has(this.at)) this.body.replaceChildren(...this.written.get(this.at));
    else this.body.replaceChildren(...this.content().flat().filter(Boolean));
    if (focus) this.body.focus();
  }

  content() {
    if (!this.detail) return [element('p', 'empty', '选一张工单，这里就有它的情况。')];
    if (!this.detail.can?.note) return [element('p', 'empty', '认领以后才看得到。')];
    const [, , make] = TABS.find(([name]) => name === this.at);
    return make(this.detail, this.on);
  }

  choose(name, focus = false) {
    this.at = name;
    for (const tab of this.list.children) {
      const on = tab.id === `tab-${name}`;
      tab.setAttribute('aria-selected', String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on) {
        this.body.setAttribute('aria-labelledby', tab.id);
        if (focus) tab.focus();
      }
    }
    this.fill();
  }

  key(event) {
    const at = TABS.findIndex(([name]) => name === this.at);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.choose(TABS[(to + TABS.length) % TABS.length][0], true);
  }
}
