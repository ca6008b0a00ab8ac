// The document viewer: text size, and the way back to the conversation.
import { textSize } from './dialogs.js';

textSize(document.getElementById('text-size'));

const back = document.getElementById('back');
back.addEventListener('click', (event) => {
  if (history.length > 1) {
    event.preventDefault();
    history.back();
  } else if (window.opener) {
    event.preventDefault();
    window.close(); // the conversation is in the tab behind
  }
});
