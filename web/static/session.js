// The visit and its conversation. Nothing is asked of the server before the first message. Tabs of one browser share
// a visit while one of them is open: sessionStorage is per tab, so a new tab asks the others.
import { call } from './api.js';
import { store } from './storage.js';

const ANSWER_WITHIN = 250; // ms until a new tab is sure to be alone

const channel = 'BroadcastChannel' in window ? new BroadcastChannel('xiaohe.session') : null;

export const session = {
  onRegion: () => {}, // the person has said where it is
  onAdopt: () => {}, // another tab has begun a visit, and this one joins it

  // saidRegion is the code of the region that the person has named; empty where the server takes its own. A region
  // that the server took is not sent back: it may serve another place by the next visit.
  get saidRegion() {
    const region = store.get('region');
    return region?.said ? region.code : '';
  },

  get conv() { return store.get('token') ? store.get('conv') : null; },

  // ensure opens a visit and a conversation where there is none.
  async ensure() {
    if (this.conv) return this.conv;
    this.opening ??= this.open().finally(() => { this.opening = null; });
    return this.opening;
  },

  async open() {
    if (!store.get('token')) {
      const { token } = await call('POST', '/api/v1/session', { own_device: store.ownDevice, site: siteOf() });
      store.set('token', token);
    }
    const conversation = await call('POST', '/api/v1/conversations', { region: this.saidRegion });
    this.keep(conversation);
    channel?.postMessage(this.share());
    return conversation.id;
  },

  // fresh begins another conversation within the visit.
  async fresh() {
    this.keep(await call('POST', '/api/v1/conversations', { region: this.saidRegion, new: true }));
  },

  keep(conversation) {
    store.set('conv', conversation.id);
    store.set('region', { ...conversation.region, said: this.saidRegion === conversation.region.code });
  },

  share() { return { type: 'have', token: store.get('token'), conv: store.get('conv'), region: store.get('region') }; },

  // find asks the other tabs for the visit that they are in, and the page that has opened this one: inside another
  // site's frame it shares no channel with us.
  async find() {
    if (this.conv || !channel && !window.opener) return this.conv;
    channel?.postMessage({ type: 'ask' });
    window.opener?.postMessage({ type: 'ask' }, location.origin);
    await new Promise((resolve) => {
      this.found = resolve;
      setTimeout(resolve, ANSWER_WITHIN);
    });
    return this.conv;
  },

  async setRegion(region) {
    store.set('region', { ...region, said: true });
    if (this.conv) await call('PUT', `/api/v1/conversations/${this.conv}/region`, { region: region.code });
    this.onRegion();
  },

  async setOwnDevice(own) {
    store.keepOnDevice(own);
    if (store.get('token')) await call('POST', '/api/v1/session', { own_device: own });
  },

  // lost forgets a visit that the server has ended.
  lost() {
    for (const key of ['token', 'conv', 'callback', 'rating', 'asked']) store.remove(key); // a number may be in there
    if (!this.saidRegion) store.remove('region');
  },

  // end makes the token useless on the server, too. It does not wait: the page is about to go.
  end() {
    if (store.get('token')) call('DELETE', '/api/v1/session', undefined, { keepalive: true }).catch(() => {});
  },
};

function siteOf() { return new URLSearchParams(location.search).get('site') ?? 'self'; }

channel?.addEventListener('message', ({ data }) => hear(data, (answer) => channel.postMessage(answer)));
window.addEventListener('message', ({ data, origin, source }) => {
  if (origin === location.origin && source) hear(data, (answer) => source.postMessage(answer, origin));
});

function hear(data, answer) {
  if (data?.type === 'ask' && session.conv) answer(session.share());
  if (data?.type !== 'have' || session.conv || !data.token || !data.conv) return;
  store.set('token', data.token);
  store.set('conv', data.conv);
  if (data.region) store.set('region', data.region);
  if (session.found) session.found();
  session.onAdopt();
}
