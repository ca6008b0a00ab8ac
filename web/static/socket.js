// A socket to the server, from its greeting to its end. When there is to be another one is its owner's business.

const WELCOME_WITHIN = 10000;
const PING_EVERY = 20000;
const PONG_WITHIN = 10000;

export class Socket {
  // ticket lets it in. resume() lists the conversations to go on with: {conv, after_seq}. onFrame gets frames, onEnd the
  // close code, 0 where the server was silent for too long; whoever is told so closes it.
  constructor(ticket, { resume, onFrame, onEnd }) {
    Object.assign(this, { onFrame, onEnd });
    this.ready = false; // the server has said welcome
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    this.socket = new WebSocket(`${scheme}//${location.host}/v1/ws`, 'xiaohe.v1');
    this.socket.onopen = () => this.write({ t: 'hello', d: { ticket, v: [1], resume: resume() } });
    this.socket.onmessage = ({ data }) => this.receive(JSON.parse(data));
    this.socket.onclose = ({ code }) => onEnd(code);
    this.welcome = setTimeout(() => onEnd(0), WELCOME_WITHIN); // a proxy may let a handshake hang
  }

  write(frame) { this.socket.send(JSON.stringify({ v: 1, ...frame })); }

  // send tells whether the frame has gone out.
  send(frame) {
    if (this.ready) this.write(frame);
    return this.ready;
  }

  receive(frame) {
    if (frame.t === 'welcome') this.welcomed();
    if (frame.t === 'pong') clearTimeout(this.pong);
    this.onFrame(frame);
  }

  welcomed() {
    this.ready = true;
    clearTimeout(this.welcome);
    this.beat = setInterval(() => {
      this.write({ t: 'ping', d: { n: Date.now() } });
      clearTimeout(this.pong);
      // Browsers do not show protocol pings: without this a link that only sends looks alive.
      this.pong = setTimeout(() => this.onEnd(0), PONG_WITHIN);
    }, PING_EVERY);
  }

  // close forgets the socket, so that its late events mean nothing.
  close() {
    this.ready = false;
    clearInterval(this.beat);
    clearTimeout(this.pong);
    clearTimeout(this.welcome);
    Object.assign(this.socket, { onopen: null, onmessage: null, onclose: null });
    if (this.socket.readyState < WebSocket.CLOSING) this.socket.close();
  }
}
