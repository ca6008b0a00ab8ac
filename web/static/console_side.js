// What the console's other pages have of it: alarms ring there too, and lead back to the console.
import { Alarm } from './console_alarm.js';
import { tab } from './console_keep.js';
import { Link } from './console_link.js';

// open shows a ticket in the console.
export function open(ticket) {
  tab.set('open', ticket);
  location.assign('/console');
}

// listen lets alarms ring on a page without conversations. onTake(alert, alarm) is told which one is answered, onNews that
// the queue has changed.
export function listen({ onTake, onNews = () => {} }) {
  const alarm = new Alarm(document.getElementById('alarm'), document.getElementById('calm'), {
    onTake: (alert) => onTake(alert, alarm),
    onOpen: ({ ticket }) => open(ticket),
  });
  const news = () => {
    alarm.check();
    onNews();
  };
  new Link({
    cursor: () => null,
    onFrame: (frame) => {
      if (frame.t === 'alert') alarm.add(frame.d);
      if (frame.t === 'queue') news();
    },
    onState: (state) => alarm.linked(state === 'open' || state === 'poll' ? '' : '正在重新连接…这期间来的求助可能听不到。'),
    onWake: news,
  });
  document.getElementById('bell').addEventListener('click', () => alarm.test());
}
