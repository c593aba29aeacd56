/** Decodes PNG files into pictures of red, green and blue bytes. */
import { type DecodedPng, decode } from 'fast-png';
import { isOutOfMemory } from '../../../compiler/errors/out-of-memory.ts';
import { aboveLimit, limits } from '../../../compiler/limits.ts';
import { FormatError } from '../../formats/error.ts';
import { readRegular } from '../../formats/regular.ts';

/** Bytes (rows, columns, 3) of red, green and blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The bytes of the header that hold the width and the height. */
const [WIDTH_AT, HEIGHT_AT, HEADER] = [16, 20, 24];

const refused = (file: string, problem: string): FormatError =>
  new FormatError(
    'InvalidImage',
    { file },
    problem,
    'Write the image as a PNG with 8 bits for each channel.',
  );

/** Reads a picture. Grey becomes red, green and blue; alpha is dropped, as PIL does. Throws InvalidImage, MissingFile and IoError. */
export async function readPng(file: string): Promise<Picture> {
  const bytes = await readRegular(file);
  if (bytes.length < HEADER || SIGNATURE.some((byte, i) => bytes[i] !== byte))
    throw refused(file, 'it is no PNG');
  const pixels = bytes.readUInt32BE(WIDTH_AT) * bytes.readUInt32BE(HEIGHT_AT);
  if (pixels > limits.picturePixels.most) throw refused(file, aboveLimit(pixels, limits.picturePixels));
  return pictureOf(decoded(file, bytes), file);
}

function decoded(file: string, bytes: Uint8Array): DecodedPng {
  try {
    return decode(bytes, { checkCrc: true });
  } catch (e) {
    if (isOutOfMemory(e)) throw e;
    throw refused(file, `it is damaged: ${e instanceof Error ? e.message : String(e)}`);
  }
}

function pictureOf(
  { width, height, data: given, depth, channels, palette }: DecodedPng,
  file: string,
): Picture {
  if (depth !== 8) throw refused(file, `it has ${depth} bits for each channel`);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const colour = palette?.[given[i]!];
    if (palette && !colour)
      throw refused(file, `a pixel has the colour ${given[i]}, and the palette has ${palette.length}`);
    for (let c = 0; c < 3; c++)
      data[3 * i + c] = colour ? colour[c]! : given[i * channels + (channels < 3 ? 0 : c)]!;
  }
  return { width, height, data };
}
