// What both sides of a conversation write in: how long words may be, and the keys that belong to an input method.

const MAX_TEXT = 4000;
const NEAR = 3600; // from here on the count is shown

export function tooLong(text) { return [...text].length > MAX_TEXT; }

// counted says how long a text is, where that is worth a word.
export function counted(text) {
  const n = [...text].length;
  if (n < NEAR) return '';
  return `已写 ${n} 字，最多 ${MAX_TEXT} 字${n > MAX_TEXT ? '，请分成几次说' : ''}`;
}

// grow makes a field as high as its text, up to most pixels.
export function grow(input, most) {
  input.style.height = 'auto'; // set through the CSSOM, which the policy allows
  input.style.height = Math.min(input.scrollHeight + 2, most) + 'px';
}

// composing: the key is the input method's own. Safari ends the composition before the keydown (229).
export function composing(event) { return event.isComposing || event.keyCode === 229; }
