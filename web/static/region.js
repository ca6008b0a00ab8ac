// The region picker: province, city, county, or a name that is typed.
import { call } from './api.js';
import { button, element } from './dom.js';
import { session } from './session.js';
import { store } from './storage.js';

const COUNTRY = { code: '100000', name: '全国' };
const TYPING = 200; // ms

export class RegionPicker {
  constructor(root) {
    this.name = root.querySelector('#region-name');
    this.home = this.name.textContent; // where the server takes a visitor to be
    this.box = root.querySelector('#region-dialog');
    this.search = root.querySelector('#region-search');
    this.path = root.querySelector('#region-path');
    this.list = root.querySelector('#region-list');
    this.status = root.querySelector('#region-status');
    this.use = root.querySelector('#region-use');
    this.search.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.find(), TYPING);
    });
    this.search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.isComposing) {
        event.preventDefault();
        this.list.querySelector('button')?.click();
      }
    });
    this.use.addEventListener('click', () => this.choose(this.current));
    this.show();
  }

  // show names the region of the conversation, or else the one that the next will have.
  show() {
    const region = store.get('region');
    this.name.textContent = region && (region.said || session.conv) ? region.name : this.home;
  }

  changed(region) {
    store.set('region', { ...region, said: true });
    this.show();
  }

  opened() {
    this.search.value = '';
    this.browse(COUNTRY.code);
  }

  async browse(code) {
    const answer = await this.ask(`parent=${code}`);
    if (!answer) return;
    const names = answer.path.slice(1).map((r) => r.name);
    this.current = { code, name: names.join('') || COUNTRY.name };
    this.use.textContent = `用「${this.current.name}」`;
    this.path.replaceChildren(...answer.path.map((r) => button(r.name, 'crumb', () => this.browse(r.code))));
    this.fill(answer.children.map((r) => ({ ...r, whole: names.join('') + r.name })));
  }

  async find() {
    const q = this.search.value.trim();
    if (!q) { this.browse(COUNTRY.code); return; }
    const answer = await this.ask(`q=${encodeURIComponent(q)}`);
    if (!answer || q !== this.search.value.trim()) return;
    this.path.replaceChildren();
    this.fill(answer.children.map((r) => ({ ...r, whole: r.name })));
    this.status.textContent = answer.children.length ? `找到 ${answer.children.length} 个地方` : '没有找到，换个写法试试，比如只写县名';
  }

  async ask(query) {
    try {
      const answer = await call('GET', '/api/v1/regions?' + query);
      this.status.textContent = '';
      return answer;
    } catch (error) {
      this.status.textContent = error.message;
      return null;
    }
  }

  fill(regions) {
    this.list.replaceChildren(...regions.map((r) => element('li', '', button(r.name, 'choice', () => {
      if (r.level >= 3) this.choose({ code: r.code, name: r.whole });
      else { this.search.value = ''; this.browse(r.code); }
    }))));
  }

  async choose(region) {
    if (!region) return;
    try {
      await session.setRegion(region);
      this.show();
      this.box.close();
    } catch (error) {
      this.show();
      this.status.textContent = error.message;
    }
  }
}
