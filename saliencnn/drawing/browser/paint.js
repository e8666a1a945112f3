// Draws a saliency map over its image. The numbers are those of saliencnn/drawing/heat.py and
// contours.py; a browser test compares the pixels.
const CONTOUR_GRID = 48;
const FADE_IN = 0.3;
const LEVELS = [0.25, 0.5, 0.75]; // the higher, the thicker its line
const FINEST_CONTOURED = 32; // around single pixels lines would hide the image

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const COLORS = bytes("%COLORS%");
// Of each of 256 values, red, green, blue and how much covers the image, as a pixel has them.
const PIXELS = new Uint32Array(Uint8ClampedArray.from({ length: 1024 }, (_, at) => (
  at % 4 < 3 ? COLORS[3 * (at >> 2) + (at % 4)] : Math.min(255, Math.floor((at >> 2) / FADE_IN))
)).buffer);

function interpolation(from, to) {
  return Array.from({ length: to }, (_, place) => {
    const at = Math.min(Math.max(((place + 0.5) * from) / to - 0.5, 0), from - 1);
    const left = Math.min(Math.floor(at), Math.max(from - 2, 0));
    return [left, Math.min(left + 1, from - 1), at - left];
  });
}

// Width and height of a picture in its own proportions, whose longer side is that long.
function sides_within({ width, height }, longest) {
  const scale = longest / Math.max(width, height);
  return [width, height].map((side) => Math.max(1, Math.round(side * scale)));
}

// Values 0..255 of a map {values, height, width}, bilinearly at width x height.
function upsample(map, width, height) {
  const across = interpolation(map.width, width), found = new Float32Array(width * height);
  interpolation(map.height, height).forEach(([upper, lower, down], y) => {
    const above = upper * map.width, below = lower * map.width;
    across.forEach(([left, right, along], x) => {
      const top = map.values[above + left] * (1 - along) + map.values[above + right] * along;
      const bottom = map.values[below + left] * (1 - along) + map.values[below + right] * along;
      found[y * width + x] = top * (1 - down) + bottom * down;
    });
  });
  return found;
}

function heat(map, width, height, threshold) {
  const pixels = new ImageData(width, height), drawn = new Uint32Array(pixels.data.buffer);
  upsample(map, width, height).forEach((value, place) => {
    if (value >= 255 * threshold) drawn[place] = PIXELS[Math.max(Math.round(value), 1)];
  });
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

// A level's line as one path of short pieces (marching squares).
function contour(map, width, height, level) {
  const grid = upsample(map, CONTOUR_GRID, CONTOUR_GRID), path = new Path2D();
  const last = CONTOUR_GRID - 1;
  const along = (side) => (place) => (place <= 0 ? 0 : place >= last ? side : ((place + 0.5) * side) / CONTOUR_GRID);
  const at_x = along(width), at_y = along(height);
  const between = (at, place, share) => at(place) + (at(place + 1) - at(place)) * share;
  const cut = (one, other) => (255 * level - one) / (other - one);
  for (let y = 0; y < last; y++)
    for (let x = 0; x < last; x++) {
      const start = y * CONTOUR_GRID + x;
      const a = grid[start], b = grid[start + 1];
      const c = grid[start + CONTOUR_GRID + 1], d = grid[start + CONTOUR_GRID];
      const over = (value) => value >= 255 * level;
      const ends = [];
      if (over(a) !== over(b)) ends.push([between(at_x, x, cut(a, b)), at_y(y)]);
      if (over(b) !== over(c)) ends.push([at_x(x + 1), between(at_y, y, cut(b, c))]);
      if (over(c) !== over(d)) ends.push([between(at_x, x, cut(d, c)), at_y(y + 1)]);
      if (over(d) !== over(a)) ends.push([at_x(x), between(at_y, y, cut(a, d))]);
      for (let end = 0; end + 1 < ends.length; end += 2) {
        path.moveTo(...ends[end]);
        path.lineTo(...ends[end + 1]);
      }
    }
  return path;
}

// look: {opacity, threshold, contours, alone}; size: of the longer side.
function paint(context, picture, map, look, left, top, size) {
  const [width, height] = sides_within(picture, size);
  context.save();
  context.translate(left, top);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  if (map && !look.alone) {
    context.globalAlpha = look.opacity;
    context.drawImage(heat(map, width, height, look.threshold), 0, 0);
    context.globalAlpha = 1;
    if (look.contours && Math.max(map.height, map.width) <= FINEST_CONTOURED) draw_contours(context, map, look, width, height);
  }
  context.restore();
}

function draw_contours(context, map, look, width, height) {
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  context.lineCap = "round";
  const thick = Math.min(Math.max(Math.max(width, height) / 220, 0.45), 2);
  for (const level of LEVELS.filter((level) => level >= look.threshold)) {
    const line = contour(map, width, height, level), core = 4 * level;
    for (const [color, more] of [["rgb(0 0 0 / 0.55)", 1.8], ["#fff", 0]]) {
      context.strokeStyle = color;
      context.lineWidth = thick * (core + more);
      context.stroke(line);
    }
  }
}

function fill(canvas, picture, cell, look, size) {
  const sharp = Math.round(size * Math.min(devicePixelRatio, 2));
  [canvas.width, canvas.height] = sides_within(picture, sharp);
  paint(canvas.getContext("2d"), picture, cell?.map, look, 0, 0, sharp);
}
