import { describe, expect, it } from 'vitest';
import { runChild } from './child.ts';

describe.concurrent('a Node process', () => {
  it.each(['destroyed', 'global', 'disposed'])('survives collection and exits by itself: %s', async (how) => {
    const { code, signal, stdout } = await runChild('exit', [how]);
    expect({ code, signal, stdout }).toEqual({ code: 0, signal: null, stdout: '3,6\nend\n' });
  });

  it.runIf(process.platform === 'linux')(
    'keeps two of Dawn’s warnings from stderr, and nothing else',
    async () => {
      const { code, stdout, stderr } = await runChild('quiet');
      expect({ code, stdout, stderr: stderr.split('\n') }).toEqual({
        code: 0,
        stdout: 'value\n',
        stderr: [
          'before',
          'Warning: maxDynamicOtherBuffersPerPipelineLayout artificially reduced from 9 to 8 to fit dynamic offset allocation limit.',
          'Error: the driver says so',
          'Error: and fails',
          'failed',
          'after',
          '',
        ],
      });
    },
  );

  it.runIf(process.platform === 'linux')('without a driver says what to install', async () => {
    const none = { VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json' };
    const { code, stdout } = await runChild('no-driver', [], none);
    expect(stdout).toContain('apt-get install libvulkan1 mesa-vulkan-drivers');
    expect(code).toBe(0);
  });
});

describe.concurrent('a device lost', () => {
  const after = 'create again: DeviceLost\non a new device: resolved\n';

  it('while compiling ends in DeviceLost', async () => {
    const { code, stdout } = await runChild('loss', ['compiling']);
    expect(stdout).toBe(`create: DeviceLost\n${after}`);
    expect(code).toBe(0);
  });

  it.each(['running', 'reading'])('while %s ends every operation in DeviceLost', async (when) => {
    const { code, stdout } = await runChild('loss', [when]);
    const lines = stdout.split('\n');
    // A read that has begun may still succeed. It may not hang or end in an untyped error.
    if (when === 'reading') expect(lines.shift()).toMatch(/^read under way: (DeviceLost|resolved)$/);
    expect(lines.shift()).toBe('run at once: DeviceLost');
    expect(lines.join('\n')).toBe(
      `read: DeviceLost\ndone: DeviceLost\nrun: DeviceLost\nbind: DeviceLost\nrun disposed: Disposed\n${after}`,
    );
    expect(code).toBe(0);
  });
});
