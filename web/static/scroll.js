// Where the conversation stands on the screen: at its end while the person is there, and never past the begin of what is
// being read.

const NEAR = 200; // pixels that count as the end
const TOUCHES = 4; // pixels that count as at the end
const MARGIN = 8; // pixels above what is read from its begin

export class Scroll {
  constructor(box) {
    this.box = box;
    this.follows = true; // the end was on the screen
    this.reading = null; // the newest words of somebody else, or the question before them
    this.away = false; // the person has gone up to read again
    this.growing = false; // words are coming, and are read from their begin
    this.seen = { top: 0, height: 0 };
    box.addEventListener('scroll', () => this.moved(), { passive: true });
    // What stands below may grow: a line above the composer, the keyboard of a phone.
    if ('ResizeObserver' in window) new ResizeObserver(() => { if (this.follows) this.toEnd(); }).observe(box);
  }

  nearEnd() { return this.toGo() < NEAR; }

  toGo() { return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight; }

  // moved tells a person who goes up from a text that has grown shorter.
  moved() {
    const { scrollTop: top, scrollHeight: height } = this.box;
    if (this.toGo() < TOUCHES) this.away = false;
    else if (top < this.seen.top && height >= this.seen.height) this.away = true;
    this.seen = { top, height };
    this.follows = this.nearEnd();
  }

  bottom() {
    this.reading = null;
    this.away = this.growing = false;
    this.toEnd();
  }

  // grow follows words that come sentence by sentence, until their begin has reached the top, or the person goes up.
  grow(item) {
    if (this.away || !this.nearEnd() && !this.growing) return;
    this.reading = item;
    this.growing = true;
    this.toEnd();
  }

  // attends tells whether the person reads what comes.
  attends() { return this.nearEnd() || this.growing && !this.away; }

  // keep puts an item where another stood whose words it repeats: who is reading them loses no line.
  keep(item, top) {
    this.reading = item;
    this.growing = false;
    this.go(this.box.scrollTop + item.getBoundingClientRect().top - top);
  }

  // go moves to a place by itself, which is not the person's going.
  go(top) {
    this.box.scrollTop = top;
    this.seen = { top: this.box.scrollTop, height: this.box.scrollHeight };
  }

  // toEnd does not push the begin of what is being read off the screen: a line may come after it, or the place for it
  // grow smaller.
  toEnd() {
    const { box, reading } = this;
    const top = reading?.isConnected && !reading.hidden ? box.scrollTop + reading.getBoundingClientRect().top - box.getBoundingClientRect().top - MARGIN : Infinity;
    this.go(Math.min(box.scrollHeight - box.clientHeight, top));
  }

  // reveal shows the begin of a new message of somebody: a long answer is read from its top, with its question if that is
  // short.
  reveal(item, kind) {
    this.away = this.growing = false;
    if (kind === 'user') this.reading = null;
    else if (kind !== 'system') this.reading = item;
    const room = this.box.clientHeight;
    const question = item.previousElementSibling;
    const short = question?.classList.contains('user') && question.offsetHeight < room / 4;
    if (kind === 'bot' && short && item.offsetHeight >= room - 40) this.reading = question;
    this.toEnd();
  }
}
