// Where the conversation stands on the screen: at its end while the person is there, and never past the begin of what is
// being read.

const NEAR = 200; // pixels that count as the end
const MARGIN = 8; // pixels above what is read from its begin

export class Scroll {
  constructor(box) {
    this.box = box;
    this.follows = true; // the end was on the screen
    this.reading = null; // the newest words of somebody else, or the question before them
    box.addEventListener('scroll', () => { this.follows = this.nearEnd(); }, { passive: true });
    // What stands below may grow: a line above the composer, the keyboard of a phone.
    if ('ResizeObserver' in window) new ResizeObserver(() => { if (this.follows) this.toEnd(); }).observe(box);
  }

  nearEnd() { return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR; }

  bottom() {
    this.reading = null;
    this.toEnd();
  }

  // toEnd does not push the begin of what is being read off the screen: a line may come after it, or the place for it
  // grow smaller.
  toEnd() {
    const { box, reading } = this;
    const top = reading?.isConnected ? box.scrollTop + reading.getBoundingClientRect().top - box.getBoundingClientRect().top - MARGIN : Infinity;
    box.scrollTop = Math.min(box.scrollHeight - box.clientHeight, top);
  }

  // reveal shows the begin of a new message of somebody: a long answer is read from its top, with its question if that is
  // short.
  reveal(item, kind) {
    if (kind === 'user') this.reading = null;
    else if (kind !== 'system') this.reading = item;
    const room = this.box.clientHeight;
    const question = item.previousElementSibling;
    const short = question?.classList.contains('user') && question.offsetHeight < room / 4;
    if (kind === 'bot' && short && item.offsetHeight >= room - 40) this.reading = question;
    this.toEnd();
  }
}
