/** Adds claims to an adapter that was trained before its author stated them. */
import { OftcError } from '../../compiler/errors/error.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { storeProgram, unstorable } from '../../compiler/ir/stored.ts';
import { fromFile, type Method } from './methods.ts';

/** The program without claims and names, as text: layers with equal texts are the same function. */
const functionOf = ({ claims: _, ...program }: Program): string | undefined => {
  if (unstorable(program).length > 0) return undefined;
  const { name: __, source: ___, ...rest } = storeProgram(program);
  return JSON.stringify(rest);
};

/**
 * The method with the claims of a layer in a TypeScript file. Throws OFT6010 if that layer is another function than
 * the method's, or claims no weight.
 */
export function withClaims(method: Method, file: string, layer: string | undefined): Method {
  const given = Object.entries({ ...method.config, ...method.dims }).map(([k, x]) => [k, String(x)] as const);
  const { program } = fromFile(file, Object.fromEntries(given), layer);
  const [trained, claiming] = [functionOf(method.program), functionOf(program)];
  if (trained === undefined || trained !== claiming)
    throw new OftcError(
      'OFT6010',
      `'${program.name}' of ${file} is not the layer that the adapter was trained with: name the version of then, with claims added and nothing else changed`,
    );
  if (!program.claims?.weight)
    throw new OftcError(
      'OFT6010',
      `'${program.name}' of ${file} claims no weight: claims: ({ W, … }) => ({ weight: … })`,
    );
  return { ...method, source: program, program };
}
