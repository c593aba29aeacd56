/** Checks configuration values against the TypeScript type that the layer gives them, and reads text by that type. */
import { readDecimal } from '../dims/decimal.ts';
import { OftcError } from '../errors/error.ts';
import { didYouMean } from '../errors/nearest.ts';
import { entryOf } from '../records.ts';
import { unknownKey } from './declare.ts';
import type { Evaluation } from './evaluation.ts';
import { ts } from './ts-host.ts';
import { isPlain, type StaticObject, staticObject, type Value } from './values.ts';

/** Reads `given` by the properties of `type`. Throws OFT1043 for an unknown key, OFT1044 for a wrong value. */
export function readConfig(
  checker: ts.TypeChecker,
  layer: string,
  type: ts.Type,
  given: Readonly<Record<string, unknown>>,
): StaticObject {
  const properties = checker.getPropertiesOfType(type);
  const known = properties.map((p) => p.name);
  return staticObject(
    Object.entries(given).map(([key, raw]) => {
      const property = properties.find((p) => p.name === key);
      if (!property) throw new OftcError('OFT1043', unknownKey(layer, key, known));
      const of = checker.getTypeOfSymbol(property);
      const value = read(checker, of, raw);
      if (value === MISFIT) {
        const got = typeof raw === 'string' ? `'${raw}'` : JSON.stringify(raw);
        throw new OftcError(
          'OFT1044',
          `configuration '${key}' of layer '${layer}' must be ${allowed(checker, of)}, got ${got}${meant(of, raw)}`,
        );
      }
      return [key, value] as const;
    }),
  );
}

/**
 * Refuses, with OFT1043, a default whose key the type of the configuration lacks. TypeScript accepts it, because it takes
 * the type from the declarations.
 */
export function refuseUnread(I: Evaluation, params: ts.Node | undefined, config: ts.Node | undefined): void {
  const [parameter] = params && ts.isFunctionLike(params) ? params.parameters : [];
  const defaults = config && ts.isPropertyAssignment(config) ? config.initializer : undefined;
  if (!parameter || !defaults || !ts.isObjectLiteralExpression(defaults)) return;
  const type = I.checker.getTypeAtLocation(parameter);
  if (!(type.flags & ts.TypeFlags.Object) || type.getStringIndexType()) return;
  const known = I.checker.getPropertiesOfType(type).map((p) => p.name);
  for (const { name } of defaults.properties)
    if (name && !ts.isComputedPropertyName(name) && !known.includes(name.text))
      I.refuse('OFT1043', unreadKey(name.text, known), name);
}

/** The message for a default that the layer's configuration has no key for. */
export const unreadKey = (name: string, known: readonly string[]): string =>
  `the layer reads no configuration '${name}'${didYouMean(name, known) || `; its type has ${known.join(', ') || 'no key'}: leave ${name} out, or add it to that type`}`;

const MISFIT = Symbol('misfit');
type Read = Value | typeof MISFIT;

function read(checker: ts.TypeChecker, type: ts.Type, raw: unknown): Read {
  if (type.isUnion()) {
    // Text is read as a literal where it is one, else as a number, else as text.
    const order = (t: ts.Type) =>
      t.isLiteral() || t.flags & ts.TypeFlags.BooleanLiteral ? 0 : t.flags & ts.TypeFlags.StringLike ? 2 : 1;
    for (const t of type.types.toSorted((a, b) => order(a) - order(b))) {
      const value = read(checker, t, raw);
      if (value !== MISFIT) return value;
    }
    return MISFIT;
  }
  if (type.isStringLiteral()) return raw === type.value ? type.value : MISFIT;
  if (type.isNumberLiteral()) return numberOf(raw) === type.value ? type.value : MISFIT;
  if (type.flags & ts.TypeFlags.BooleanLiteral) {
    const text = checker.typeToString(type);
    return String(raw) === text && typeof raw !== 'object' ? text === 'true' : MISFIT;
  }
  if (type.flags & ts.TypeFlags.Number) return numberOf(raw) ?? MISFIT;
  if (type.flags & ts.TypeFlags.String) return typeof raw === 'string' ? raw : MISFIT;
  if (type.flags & ts.TypeFlags.Undefined)
    return raw === undefined || raw === 'undefined' ? undefined : MISFIT;
  if (type.flags & ts.TypeFlags.Null) return raw === null || raw === 'null' ? null : MISFIT;
  return readData(checker, type, typeof raw === 'string' ? parsed(raw) : raw);
}

function numberOf(raw: unknown): number | undefined {
  const n = typeof raw === 'string' ? readDecimal(raw.trim()) : raw;
  return typeof n === 'number' && Number.isFinite(n) ? n : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads arrays, tuples and objects, element by element. */
function readData(checker: ts.TypeChecker, type: ts.Type, raw: unknown): Read {
  if (checker.isTupleType(type) || checker.isArrayType(type)) {
    if (!Array.isArray(raw)) return MISFIT;
    const types = checker.getTypeArguments(type as ts.TypeReference);
    if (checker.isTupleType(type) && types.length !== raw.length) return MISFIT;
    const values = raw.map((e, i) => read(checker, types[checker.isTupleType(type) ? i : 0]!, e));
    return values.includes(MISFIT) ? MISFIT : (values as Value[]);
  }
  if (!(type.flags & ts.TypeFlags.Object) || typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return MISFIT;
  const properties = checker.getPropertiesOfType(type);
  if (Object.keys(raw).some((k) => !properties.some((p) => p.name === k))) return MISFIT;
  const entries = properties.map(
    (p) =>
      [
        p.name,
        read(checker, checker.getTypeOfSymbol(p), entryOf(raw as Record<string, unknown>, p.name)),
      ] as const,
  );
  if (entries.some(([, v]) => v === MISFIT)) return MISFIT;
  const value = staticObject(entries as [string, Value][]);
  return isPlain(value) ? value : MISFIT;
}

/** The hint "Did you mean …?" for a misspelt literal. */
function meant(type: ts.Type, raw: unknown): string {
  const literals = (type.isUnion() ? type.types : [type]).flatMap((t) =>
    t.isStringLiteral() ? [t.value] : [],
  );
  return typeof raw === 'string' ? didYouMean(raw, literals) : '';
}

/** The values of a type, for messages: `'neumann' or 'exact'`, `a number`, …. */
function allowed(checker: ts.TypeChecker, type: ts.Type): string {
  const types = type.isUnion() ? type.types : [type];
  const words = types.map((t) => {
    if (t.isStringLiteral()) return `'${t.value}'`;
    if (t.flags & ts.TypeFlags.Number) return 'a number';
    if (t.flags & ts.TypeFlags.String) return 'text';
    return checker.typeToString(t);
  });
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
