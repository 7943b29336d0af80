export type Rgb = readonly [red: number, green: number, blue: number];

let context: OffscreenCanvasRenderingContext2D | null = null;

/** What a CSS colour looks like on another one, 0..255: the browser knows every way to write one. */
export function rgbOf(colour: string, under = '#ffffff'): Rgb {
  context ??= new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (!context) return [128, 128, 128];
  for (const layer of [under, colour]) {
    context.fillStyle = layer;
    context.fillRect(0, 0, 1, 1);
  }
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
