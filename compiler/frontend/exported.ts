/** Describes the layers that a file exports: the keys of their configuration, with types and defaults. */
import { OftcError } from '../errors/error.ts';
import type { Exported } from './choose.ts';
import { Interpreter } from './interpreter.ts';
import type { Source } from './source.ts';
import { ts } from './ts-host.ts';
import { LayerValue } from './values.ts';

/** A key of a layer's configuration. */
export interface ConfigKey {
  readonly name: string;
  /** The type, as TypeScript prints it. */
  readonly type: string;
  /** The values of a key that has few: literals, or true and false. */
  readonly choices?: readonly (string | number | boolean)[];
  /** The default. Absent where the layer states none, or where an error keeps it from being read. */
  readonly default?: unknown;
}

export interface ExportedLayer {
  readonly name: string;
  readonly config: readonly ConfigKey[];
}

export function describeLayer(source: Source, layer: Exported): ExportedLayer {
  const defaults = defaultsOf(source, layer);
  const { checker } = source;
  return {
    name: layer.name,
    config: checker.getPropertiesOfType(layer.config).map((property): ConfigKey => {
      const type = checker.getTypeOfSymbol(property);
      const choices = choicesOf(checker, type);
      return {
        name: property.name,
        type: checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation),
        ...(choices ? { choices } : {}),
        ...(Object.hasOwn(defaults, property.name) ? { default: defaults[property.name] } : {}),
      };
    }),
  };
}

/** The defaults that a layer states; none where an error keeps the layer from being read. */
function defaultsOf({ program, file }: Source, { symbol }: Exported): Readonly<Record<string, unknown>> {
  try {
    const [declaration] = symbol.declarations ?? [];
    const value = new Interpreter(program).declared(symbol, declaration ?? file!);
    return value instanceof LayerValue ? value.definition.defaults : {};
  } catch (e) {
    if (e instanceof OftcError) return {};
    throw e;
  }
}

/** The values of a type that is made of literals alone. */
function choicesOf(
  checker: ts.TypeChecker,
  type: ts.Type,
): readonly (string | number | boolean)[] | undefined {
  const parts = type.isUnion() ? type.types : [type];
  const values = parts.flatMap((t): (string | number | boolean)[] => {
    if (t.isStringLiteral() || t.isNumberLiteral()) return [t.value];
    return t.flags & ts.TypeFlags.BooleanLiteral ? [checker.typeToString(t) === 'true'] : [];
  });
  return values.length === parts.length ? values : undefined;
}
