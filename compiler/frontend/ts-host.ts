/**
 * TypeScript, which an entry provides: src/node.ts, or a worker in a browser. Its API is not stable, so the version is
 * pinned and all of oftc uses it through this file. It loads at its first use, because it takes longer to load than all
 * of oftc, and runs that read no source do not need it.
 */
import type typescript from 'typescript';

let load: (() => typeof typescript) | undefined;
let loaded: typeof typescript | undefined;

/** Sets how TypeScript is loaded. */
export function provideTypeScript(from: () => typeof typescript): void {
  load = from;
}

export const ts: typeof typescript = new Proxy({} as typeof typescript, {
  get(_, name) {
    if (!load)
      throw new Error('no entry has provided TypeScript: import src/node.ts, or call provideTypeScript');
    loaded ??= load();
    return loaded[name as keyof typeof typescript];
  },
});

/** The types of TypeScript that oftc names. */
export declare namespace ts {
  type ArrayBindingPattern = typescript.ArrayBindingPattern;
  type ArrowFunction = typescript.ArrowFunction;
  type BinaryExpression = typescript.BinaryExpression;
  type BindingElement = typescript.BindingElement;
  type BindingName = typescript.BindingName;
  type CallExpression = typescript.CallExpression;
  type CompilerHost = typescript.CompilerHost;
  type CompilerOptions = typescript.CompilerOptions;
  type ConditionalExpression = typescript.ConditionalExpression;
  type CreateSourceFileOptions = typescript.CreateSourceFileOptions;
  type Declaration = typescript.Declaration;
  type Diagnostic = typescript.Diagnostic;
  type DiagnosticMessageChain = typescript.DiagnosticMessageChain;
  type DiagnosticRelatedInformation = typescript.DiagnosticRelatedInformation;
  type ElementAccessExpression = typescript.ElementAccessExpression;
  type Expression = typescript.Expression;
  type ForOfStatement = typescript.ForOfStatement;
  type ForStatement = typescript.ForStatement;
  type FormatDiagnosticsHost = typescript.FormatDiagnosticsHost;
  type FunctionExpression = typescript.FunctionExpression;
  type FunctionLikeDeclaration = typescript.FunctionLikeDeclaration;
  type Identifier = typescript.Identifier;
  type LanguageServiceHost = typescript.LanguageServiceHost;
  type Node = typescript.Node;
  type ObjectBindingPattern = typescript.ObjectBindingPattern;
  type ObjectLiteralExpression = typescript.ObjectLiteralExpression;
  type ParameterDeclaration = typescript.ParameterDeclaration;
  type ParseConfigHost = typescript.ParseConfigHost;
  type PostfixUnaryExpression = typescript.PostfixUnaryExpression;
  type PrefixUnaryExpression = typescript.PrefixUnaryExpression;
  type Program = typescript.Program;
  type PropertyAccessExpression = typescript.PropertyAccessExpression;
  type PropertyName = typescript.PropertyName;
  type ResolvedModuleWithFailedLookupLocations = typescript.ResolvedModuleWithFailedLookupLocations;
  type ScriptTarget = typescript.ScriptTarget;
  type SignatureDeclaration = typescript.SignatureDeclaration;
  type SourceFile = typescript.SourceFile;
  type Statement = typescript.Statement;
  type SwitchStatement = typescript.SwitchStatement;
  type Symbol = typescript.Symbol;
  type SyntaxKind = typescript.SyntaxKind;
  type System = typescript.System;
  type TemplateExpression = typescript.TemplateExpression;
  type ThrowStatement = typescript.ThrowStatement;
  type TsConfigSourceFile = typescript.TsConfigSourceFile;
  type Type = typescript.Type;
  type TypeChecker = typescript.TypeChecker;
  type TypeReference = typescript.TypeReference;
  type VariableDeclaration = typescript.VariableDeclaration;
  type VariableDeclarationList = typescript.VariableDeclarationList;
}
