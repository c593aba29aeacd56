/** An uncaught error of the front end prints only its message. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { DiagnosticError, loadProgram } from '../../../src/language/load.ts';

it('prints its message and no syntax tree', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-'));
  try {
    const file = join(folder, 'layer.ts');
    writeFileSync(file, "import { tensor } from 'oftc';\nexport const l = tensor('tokens', 9);\n");
    let error: unknown;
    try {
      loadProgram(file, {});
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(DiagnosticError);
    const { diagnostics, message, stack } = error as DiagnosticError;
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(message).toContain("oftc has no 'tensor'");
    expect(inspect(error).length).toBeLessThan(stack!.length + 100);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
