// Draws the icons of every size from resources/icons/headroom.svg. Run it after a change of the drawing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ResizeFilterType, Transformer } from '@napi-rs/image';

const folder = resolve(import.meta.dirname, '..', 'resources', 'icons');
const drawing = readFileSync(join(folder, 'headroom.svg'));
for (const size of [16, 32, 48, 64, 128, 256, 512, 1024]) {
  const png = Transformer.fromSvg(drawing).resize(size, size, ResizeFilterType.Lanczos3).pngSync();
  writeFileSync(join(folder, `${size}x${size}.png`), png);
}
