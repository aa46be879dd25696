import type { ValueInfo } from '../../onnx/value-info.ts';
import type { UnetConfig, UnetLevel } from './config.ts';

/** Features of a UNet that a ControlNet adds to: float32 [batch, channels, height, width] of one resolution. */
export interface Residual extends Pick<ValueInfo, 'name' | 'dims'> {
  readonly channels: number;
}

/**
 * What a ControlNet gives and a controlled UNet takes: one for each skip of the way down, in order, then that of the middle
 * block (https://arxiv.org/abs/2302.05543, figure 3).
 */
export function residualsOf({ down }: UnetConfig): Residual[] {
  const residuals = [residual('down_0', (down[0] as UnetLevel).channels, 0)];
  for (const [level, { channels, resnets }] of down.entries()) {
    for (let index = 0; index < resnets; index++) residuals.push(residual(`down_${residuals.length}`, channels, level));
    if (level < down.length - 1) residuals.push(residual(`down_${residuals.length}`, channels, level + 1));
  }
  return [...residuals, residual('mid', (down.at(-1) as UnetLevel).channels, down.length - 1)];
}

/** The sizes of the named dimensions of residuals for latents of a size, as convolutions of stride 2 make them. */
export function residualDimensions({ down }: UnetConfig, height: number, width: number): Record<string, number> {
  const sizes = down.flatMap((_, level) => [
    [side('height', level), Math.ceil(height / 2 ** level)],
    [side('width', level), Math.ceil(width / 2 ** level)],
  ]);
  return Object.fromEntries(sizes) as Record<string, number>;
}

function residual(name: string, channels: number, level: number): Residual {
  return { name: `residual.${name}`, channels, dims: ['batch', channels, side('height', level), side('width', level)] };
}

function side(name: 'height' | 'width', level: number): string {
  return level === 0 ? name : `${name}_${level}`;
}
