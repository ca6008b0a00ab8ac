// Drawings made of SVG elements: no style and no script in them, so that the policy lets them through. What they show
// stands in a table beside them as well.
import { svg } from './dom.js';

const WIDTH = 960;
const HEIGHT = 220;
const LEFT = 34;
const BOTTOM = 26;
const TOP = 12;

// bars draws groups of bars. groups: [{label, values}], one value for each series; series: [{name, kind}], kind is a class.
export function bars(title, groups, series) {
  const most = Math.max(4, ...groups.flatMap((g) => g.values));
  const step = Math.ceil(most / 4);
  const top = step * 4;
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const wide = (WIDTH - LEFT) / groups.length;
  const thin = wide * .8 / series.length;
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title, class: 'chart' });
  for (let value = 0; value <= top; value += step) {
    picture.append(svg('line', { x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value), class: 'grid' }),
      svg('text', { x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' }, String(value)));
  }
  for (const [i, group] of groups.entries()) {
    const x = LEFT + i * wide + wide * .1;
    for (const [j, value] of group.values.entries()) {
      if (!value) continue;
      picture.append(svg('rect', { x: x + j * thin, y: y(value), width: Math.max(1, thin - 1), height: y(0) - y(value), class: series[j].kind }));
    }
    if (group.label) picture.append(svg('text', { x: LEFT + (i + .5) * wide, y: HEIGHT - 8, 'text-anchor': 'middle' }, group.label));
  }
  return picture;
}
