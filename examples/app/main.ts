// Applies a base layer to the colours of a picture, with one of two adapters, which the visitor switches.
import { requestDevice } from 'oftc/runtime';
import { oft } from './oft.ts?oftc&dims=in=3,out=3,b=3';
import { readTensors } from './safetensors.ts';

const { W } = await readTensors('base.safetensors');
const device = await requestDevice(navigator.gpu).catch((error: Error) => {
  document.body.append(`This page needs WebGPU: ${error.message}`);
  throw error;
});

// The three lines: the layer on a device, its base weight, and a run with an adapter.
const layer = await oft.create(device);
await layer.bind({ W: W! });
const run = (x: Float32Array, v: Float32Array) => layer.run({ x, v });

const select = document.querySelector('select')!;
const canvas = document.querySelector('canvas')!;
const context = canvas.getContext('2d')!;
let picture = drawn();

/** Shows the picture through the chosen adapter. The base, the kernels and the device stay. */
async function show(): Promise<void> {
  const adapter = select.value;
  const { v } = await readTensors(`${adapter}.safetensors`);
  const { data, width, height } = picture;
  const x = Float32Array.from({ length: 3 * width * height }, (_, i) => data[i + Math.floor(i / 3)]! / 255);
  const result = run(x, v!);
  const { y } = await result.readAll();
  result.destroy();
  const pixels = context.createImageData(width, height);
  // ImageData rounds, and limits to 0 … 255.
  for (let i = 0; i < data.length; i++)
    pixels.data[i] = i % 4 === 3 ? data[i]! : 255 * y[i - Math.floor(i / 4)]!;
  // Another choice may have come meanwhile.
  if (adapter !== select.value) return;
  context.putImageData(pixels, 0, 0);
  document.body.dataset.adapter = adapter;
}

/** A picture to begin with. */
function drawn(): ImageData {
  const hues = context.createLinearGradient(0, 0, canvas.width, 0);
  for (let i = 0; i <= 6; i++) hues.addColorStop(i / 6, `hsl(${60 * i} 60% 50%)`);
  context.fillStyle = hues;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

select.addEventListener('change', show);
document.querySelector('input')!.addEventListener('change', async ({ target }) => {
  const [file] = (target as HTMLInputElement).files ?? [];
  if (file === undefined) return;
  const bitmap = await createImageBitmap(file);
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  context.drawImage(bitmap, 0, 0);
  picture = context.getImageData(0, 0, canvas.width, canvas.height);
  await show();
});
await show();
