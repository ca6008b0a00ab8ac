// Of several tabs in one conversation one leads: it owns the connection and passes frames on. Without Web Locks or
// BroadcastChannel every tab has its own connection; messages carry a seq, so none is shown twice.

const ANSWER_WITHIN = 3000; // ms until a silent leader counts as frozen

export class Tabs {
  // onLead is called when this tab becomes the leader, onResign when another one took over, onMessage with what
  // other tabs say.
  constructor(conv, { onLead, onResign, onMessage }) {
    Object.assign(this, { onLead, onResign, onMessage });
    this.leader = false;
    this.alone = !(navigator.locks && 'BroadcastChannel' in window);
    if (this.alone) {
      this.leader = true;
      queueMicrotask(onLead);
      return;
    }
    this.name = 'xiaohe.' + conv;
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = ({ data }) => this.hear(data);
    this.elect({});
  }

  elect(options) {
    navigator.locks.request(this.name, options, () => {
      if (this.closed) return undefined;
      this.leader = true;
      this.onLead();
      return new Promise((release) => { this.release = release; });
    }).catch(() => { // stolen
      if (this.closed) return;
      this.leader = false;
      this.onResign();
      this.elect({});
    });
  }

  hear(data) {
    if (data.type === 'ping' && this.leader) this.say({ type: 'pong' });
    else if (data.type === 'pong') clearTimeout(this.silence);
    else this.onMessage(data);
  }

  say(data) { if (!this.closed) this.channel?.postMessage(data); }

  // check makes sure that somebody leads. A phone may have frozen the leader without ending it.
  check() {
    if (this.leader || this.alone || this.closed) return;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => { if (!this.leader && !this.closed) this.elect({ steal: true }); }, ANSWER_WITHIN);
    this.say({ type: 'ping' });
  }

  close() {
    this.closed = true;
    clearTimeout(this.silence);
    this.release?.();
    this.channel?.close();
  }
}
