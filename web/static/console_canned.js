// Ready sentences: typed with / and part of a name, chosen with the arrows, filled in and then still to be edited.
import { button, element } from './dom.js';
import { ask } from './console_api.js';

const HOLE = /\{\{([^{}]+)\}\}/g;

// fill puts the known names in. The first one that is not known is left to the worker: it stands selected.
export function fill(body, known) {
  let select = null;
  let text = '';
  let end = 0;
  for (const match of body.matchAll(HOLE)) {
    text += body.slice(end, match.index);
    const word = known[match[1]];
    const put = word || match[1];
    if (!word) select ??= [text.length, text.length + put.length];
    text += put;
    end = match.index + match[0].length;
  }
  text += body.slice(end);
  return { text, select: select ?? [text.length, text.length] };
}

export class CannedMenu {
  constructor(box, input, onPick) {
    Object.assign(this, { box, input, onPick });
    this.all = [];
    this.known = {};
    input.setAttribute('aria-controls', box.id);
  }

  // about reads the sentences of a region, once for each.
  async about(region, known) {
    this.known = known;
    if (!region || region === this.region) return;
    this.region = region;
    try {
      ({ canned: this.all } = await ask('GET', `/canned?region=${region}`));
      if (!this.box.hidden) this.show(this.words);
    } catch (error) {
      if (!error.code) throw error;
      this.region = null;
    }
  }

  typed() {
    const { value } = this.input;
    if (!this.input.disabled && /^\/\S*$/.test(value)) this.show(value.slice(1));
    else this.close();
  }

  toggle() {
    if (!this.box.hidden) { this.close(); return; }
    this.show('');
    this.input.focus();
  }

  show(words) {
    this.words = words;
    const found = this.all.filter((c) => `${c.shortcut} ${c.title} ${c.body}`.includes(words));
    this.box.replaceChildren(...found.map((c, i) => {
      const option = button('', 'canned', () => this.pick(c));
      option.append(element('b', '', `/${c.shortcut}`), element('span', '', c.title), element('span', 'soft', c.body));
      option.id = `canned-${i}`;
      option.setAttribute('role', 'option');
      option.tabIndex = -1;
      return option;
    }));
    if (!found.length) this.box.append(element('p', 'small', this.all.length ? '没有这个名字的常用话' : '这里还没有常用话'));
    this.found = found;
    this.at = 0;
    this.box.hidden = false;
    this.highlight();
  }

  close() {
    this.box.hidden = true;
    this.input.removeAttribute('aria-activedescendant');
  }

  highlight() {
    const options = this.box.querySelectorAll('[role=option]');
    for (const [i, option] of options.entries()) option.setAttribute('aria-selected', String(i === this.at));
    options[this.at]?.scrollIntoView({ block: 'nearest' });
    if (options[this.at]) this.input.setAttribute('aria-activedescendant', options[this.at].id);
  }

  // key tells whether it has used the key up.
  key(event) {
    if (this.box.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      this.at = (this.at + step + this.found.length) % this.found.length;
      this.highlight();
    } else if (event.key === 'Enter' && !event.ctrlKey && this.found.length) {
      this.pick(this.found[this.at]);
    } else if (event.key === 'Escape') {
      this.close();
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  }

  pick(canned) {
    this.close();
    const { text, select } = fill(canned.body, this.known);
    this.onPick(text, select);
  }
}
