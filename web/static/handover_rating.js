// How it was with the social worker: three faces with words, asked once, after the end. It stands in nobody's way.
import { button, element, svg } from './dom.js';
import { person } from './handover.js';
import { store } from './storage.js';

const ANSWERS = [[5, '帮到了', 'M7 14q5 5 10 0'], [3, '有一点', 'M7 15.5h10'], [1, '没帮到', 'M7 17q5-5 10 0']];

export class Rating {
  // send stores a rating; it may fail. onShow is called when the question is on the page.
  constructor({ box, send, onShow }) {
    Object.assign(this, { box, send, onShow });
    this.ticket = '';
  }

  // offer asks for a rating of what has ended, unless that was asked before; null takes the question away.
  offer(standing) {
    const ticket = standing?.ticket.id ?? '';
    const pending = store.get('rating');
    if (pending && pending.ticket === ticket && ticket !== this.ticket) { // the page went before the words were written
      this.finish(pending, '');
      return;
    }
    if (ticket === this.ticket || ticket && store.get('asked') === ticket) return;
    this.ticket = ticket;
    if (ticket) this.ask(standing.worker);
    this.box.hidden = !ticket;
    if (ticket) this.onShow();
  }

  ask(worker) {
    const faces = ANSWERS.map(([score, words, mouth]) => {
      const b = button('', 'face', () => this.chosen({ ticket: this.ticket, score }));
      b.append(face(mouth), element('span', '', words));
      return element('li', '', b);
    });
    const title = element('p', 'rating-title', `${person(worker)}帮到您了吗？`);
    title.id = 'rating-title';
    this.box.replaceChildren(title, element('ul', 'faces', ...faces), button('不说了', 'quiet', () => this.skip()));
  }

  skip() {
    store.set('asked', this.ticket);
    this.box.hidden = true;
  }

  // chosen offers to say more; what was chosen is kept if the page goes now.
  chosen(rating) {
    store.set('rating', rating);
    const words = element('textarea', 'rating-words');
    words.rows = 2;
    words.maxLength = 500;
    words.autocomplete = 'off';
    const label = element('label', '', element('span', 'rating-title', '还想说什么？可以不写'), words);
    const done = button('好了', 'primary', () => this.finish(rating, words.value.trim()));
    this.box.replaceChildren(label, done);
    this.onShow();
    done.focus();
  }

  finish(rating, comment) {
    store.set('asked', rating.ticket);
    store.remove('rating');
    this.ticket = rating.ticket;
    this.box.replaceChildren(element('p', 'rating-title', '谢谢您告诉我们。'));
    setTimeout(() => { this.box.hidden = true; }, 4000);
    this.send({ ...rating, comment }).catch((error) => { if (error.code === 'offline') store.set('rating', rating); });
  }
}

function face(mouth) {
  return svg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('circle', { cx: 12, cy: 12, r: 10 }),
    svg('circle', { class: 'eye', cx: 8.5, cy: 9.5, r: 1.3 }), svg('circle', { class: 'eye', cx: 15.5, cy: 9.5, r: 1.3 }), svg('path', { d: mouth }));
}
