// Draws a saliency map over its image. The numbers are those of saliencnn/drawing/heat.py and
// contours.py; a browser test compares the pixels.
const CONTOUR_GRID = 48;
const FADE_IN = 0.3;
const LEVELS = [0.25, 0.5, 0.75]; // the higher, the thicker its line
const FINEST_CONTOURED = 32; // around single pixels lines would hide the image

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const COLORS = bytes("%COLORS%");

function interpolation(from, to) {
  return Array.from({ length: to }, (_, place) => {
    const at = Math.min(Math.max(((place + 0.5) * from) / to - 0.5, 0), from - 1);
    const left = Math.min(Math.floor(at), Math.max(from - 2, 0));
    return [left, Math.min(left + 1, from - 1), at - left];
  });
}

// Values 0..255 of a map {values, height, width}, bilinearly at size x size.
function upsample(map, size) {
  const across = interpolation(map.width, size), found = new Float32Array(size * size);
  interpolation(map.height, size).forEach(([upper, lower, down], y) => {
    const above = upper * map.width, below = lower * map.width;
    across.forEach(([left, right, along], x) => {
      const top = map.values[above + left] * (1 - along) + map.values[above + right] * along;
      const bottom = map.values[below + left] * (1 - along) + map.values[below + right] * along;
      found[y * size + x] = top * (1 - down) + bottom * down;
    });
  });
  return found;
}

function heat(map, size, threshold) {
  const pixels = new ImageData(size, size);
  upsample(map, size).forEach((value, place) => {
    if (value < 255 * threshold) return;
    const index = Math.max(Math.round(value), 1);
    pixels.data.set(COLORS.subarray(3 * index, 3 * index + 3), 4 * place);
    pixels.data[4 * place + 3] = Math.min(255, Math.floor(index / FADE_IN));
  });
  const canvas = new OffscreenCanvas(size, size);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

// A level's line as one path of short pieces (marching squares).
function contour(map, size, level) {
  const grid = upsample(map, CONTOUR_GRID), path = new Path2D();
  const last = CONTOUR_GRID - 1;
  const at = (place) => (place <= 0 ? 0 : place >= last ? size : ((place + 0.5) * size) / CONTOUR_GRID);
  const between = (place, share) => at(place) + (at(place + 1) - at(place)) * share;
  const cut = (one, other) => (255 * level - one) / (other - one);
  for (let y = 0; y < last; y++)
    for (let x = 0; x < last; x++) {
      const start = y * CONTOUR_GRID + x;
      const a = grid[start], b = grid[start + 1];
      const c = grid[start + CONTOUR_GRID + 1], d = grid[start + CONTOUR_GRID];
      const over = (value) => value >= 255 * level;
      const ends = [];
      if (over(a) !== over(b)) ends.push([between(x, cut(a, b)), at(y)]);
      if (over(b) !== over(c)) ends.push([at(x + 1), between(y, cut(b, c))]);
      if (over(c) !== over(d)) ends.push([between(x, cut(d, c)), at(y + 1)]);
      if (over(d) !== over(a)) ends.push([at(x), between(y, cut(a, d))]);
      for (let end = 0; end + 1 < ends.length; end += 2) {
        path.moveTo(...ends[end]);
        path.lineTo(...ends[end + 1]);
      }
    }
  return path;
}

// look: {opacity, threshold, contours, alone}
function paint(context, picture, map, look, left, top, size) {
  context.save();
  context.translate(left, top);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, size, size);
  if (map && !look.alone) {
    context.globalAlpha = look.opacity;
    context.drawImage(heat(map, size, look.threshold), 0, 0);
    context.globalAlpha = 1;
    if (look.contours && Math.max(map.height, map.width) <= FINEST_CONTOURED) draw_contours(context, map, look, size);
  }
  context.restore();
}

function draw_contours(context, map, look, size) {
  context.beginPath();
  context.rect(0, 0, size, size);
  context.clip();
  context.lineCap = "round";
  const thick = Math.min(Math.max(size / 220, 0.45), 2);
  for (const level of LEVELS.filter((level) => level >= look.threshold)) {
    const line = contour(map, size, level), width = 4 * level;
    for (const [color, more] of [["rgb(0 0 0 / 0.55)", 1.8], ["#fff", 0]]) {
      context.strokeStyle = color;
      context.lineWidth = thick * (width + more);
      context.stroke(line);
    }
  }
}

function fill(canvas, picture, cell, look, size) {
  const sharp = Math.round(size * Math.min(devicePixelRatio, 2));
  canvas.width = canvas.height = sharp;
  paint(canvas.getContext("2d"), picture, cell?.map, look, 0, 0, sharp);
}
