// The sound of an alarm. It is computed here, and loops in the audio thread: a tab in the background rings as well.

const RATE = 22050; // samples per second
const TONES = { // [Hz, begin, end] in seconds, and how long one round is
  urgent: { round: 1.1, tones: [[880, 0, .18], [660, .2, .38], [880, .4, .58]] },
  calm: { round: 4, tones: [[587, 0, .3], [784, .3, .7]] },
  reply: { round: .6, tones: [[659, 0, .2], [659, .3, .5]] },
};

export class Sound {
  // onReady is told when the page may sound.
  constructor(onReady) {
    this.onReady = onReady;
    this.wanted = null;
    // Browsers let a page sound only after somebody has touched it: any touch will do.
    for (const name of ['pointerdown', 'keydown']) addEventListener(name, () => this.wake(), { capture: true });
  }

  get ready() { return this.context?.state === 'running'; }

  async wake() {
    try {
      this.context ??= new AudioContext();
      if (this.context.state === 'running') return;
      await this.context.resume();
    } catch { return; } // no sound here: the banner and the title still call
    this.onReady();
  }

  // play loops a tone until stop. Before the first touch it only remembers that it should.
  play(name) {
    if (this.wanted === name && this.source) return;
    this.stop();
    this.wanted = name;
    if (!this.ready) return;
    this.source = this.begin(name, true);
  }

  // once sounds a tone a single time; what loops is heard over it anyway.
  once(name) { if (this.ready && !this.source) this.begin(name, false); }

  begin(name, loop) {
    const source = this.context.createBufferSource();
    Object.assign(source, { buffer: this.buffer(TONES[name]), loop });
    source.connect(this.context.destination);
    source.start();
    return source;
  }

  stop() {
    this.wanted = null;
    this.source?.stop();
    this.source = null;
  }

  buffer({ round, tones }) {
    const buffer = this.context.createBuffer(1, RATE * round, RATE);
    const samples = buffer.getChannelData(0);
    for (const [hertz, begin, end] of tones) {
      const from = Math.floor(begin * RATE);
      const length = Math.floor((end - begin) * RATE);
      for (let i = 0; i < length; i++) { // a soft begin and end: a hard one clicks
        samples[from + i] = .5 * Math.sin(2 * Math.PI * hertz * i / RATE) * Math.sin(Math.PI * i / length);
      }
    }
    return buffer;
  }
}
