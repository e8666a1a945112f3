// Maps as the store keeps them: IEEE 754's half precision, fractions of their largest magnitude.
// Float16Array is younger than the browsers that people have.
function decode_halves(text) {
  const view = new DataView(bytes(text).buffer);
  return Float32Array.from({ length: view.byteLength / 2 }, (_, place) => {
    const bits = view.getUint16(2 * place, true), exponent = (bits >> 10) & 31, fraction = bits & 1023;
    const size = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024);
    return bits >> 15 ? -size : size;
  });
}

// A method's maps of one image and run, decoded when they are first needed.
function decode_maps(packed) {
  if (packed.maps) return packed;
  const cells = packed.shape[0] * packed.shape[1], all = decode_halves(packed.data);
  packed.maps = packed.epochs.map((_, place) => all.subarray(place * cells, (place + 1) * cells));
  packed.peaks = packed.maps.map((map, place) => packed.scales[place] * Math.max(...map, 0));
  return packed;
}

// The map of an epoch as it is drawn: 0 to 255, by its own maximum or by that of all epochs.
function map_of(packed, place, jointly) {
  const { maps, peaks, scales, shape } = decode_maps(packed);
  const factor = (255 * scales[place]) / (jointly ? Math.max(...peaks) : peaks[place]);
  return { height: shape[0], width: shape[1],
    values: maps[place].map((value) => Math.min(Math.max(value * factor, 0), 255)) };
}
