/** The names of the language, as advice needs them. */
import { functions } from '../../ops/surface.ts';
import { isLanguageDeclaration } from '../source.ts';
import { ts } from '../ts-host.ts';

/** The functions that declare layers and their parameters, in the order of an import. */
export const DECLARATIONS: readonly string[] = ['layer', 'input', 'frozen', 'trainable', 'list', 'when'];

export const isLanguageName = (name: string): boolean =>
  DECLARATIONS.includes(name) || Object.hasOwn(functions, name);

/** Whether a type is the language's `Tensor`. */
export const isTensorType = (type: ts.Type): boolean => isLanguageType(type, 'Tensor');

/** Whether a type is the language's type of that name. */
export function isLanguageType(type: ts.Type, name: string): boolean {
  const declaration = type.symbol?.declarations?.[0];
  return type.symbol?.name === name && declaration !== undefined && isLanguageDeclaration(declaration);
}

/** The name of the language's function that a call calls. */
export function languageFunction(checker: ts.TypeChecker, call: ts.CallExpression): string | undefined {
  const symbol = checker.getSymbolAtLocation(call.expression);
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target?.declarations?.[0];
  return declaration && ts.isFunctionDeclaration(declaration) && isLanguageDeclaration(declaration)
    ? target.name
    : undefined;
}
