/** Says what to install if there is no WebGPU device, by operating system. */
import { existsSync, readFileSync } from 'node:fs';

const OS_RELEASE = '/etc/os-release';

/** Instructions for this machine. */
export function howToInstall(): string {
  const release =
    process.platform === 'linux' && existsSync(OS_RELEASE) ? readFileSync(OS_RELEASE, 'utf8') : '';
  return installFor(process.platform, release);
}

/** Instructions for a platform. `osRelease` is the text of /etc/os-release (os-release(5)). */
export function installFor(platform: NodeJS.Platform, osRelease: string): string {
  if (platform === 'darwin')
    return 'WebGPU runs on Metal, which is part of macOS: update macOS. Virtual machines often hide the GPU.';
  if (platform === 'win32')
    return 'WebGPU runs on Direct3D 12, which is part of Windows 10 and 11: update the graphics driver. Virtual machines often hide the GPU.';
  const ids = [...osRelease.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, v]) => v!.split(' '));
  const command = LINUX.find(({ of }) => of.some((id) => ids.includes(id)))?.command;
  return [
    'WebGPU runs on Vulkan: install its loader and a driver.',
    ...(command ? [`  ${command}`] : LINUX.map((l) => `  ${l.name}: ${l.command}`)),
    "Mesa's driver also runs without a GPU (llvmpipe). An NVIDIA GPU needs NVIDIA's own driver instead, which includes Vulkan.",
  ].join('\n');
}

const LINUX = [
  {
    name: 'Debian, Ubuntu',
    of: ['debian', 'ubuntu'],
    command: 'sudo apt-get install libvulkan1 mesa-vulkan-drivers',
  },
  {
    name: 'Fedora',
    of: ['fedora', 'rhel'],
    command: 'sudo dnf install vulkan-loader mesa-vulkan-drivers',
  },
  { name: 'Arch', of: ['arch'], command: 'sudo pacman -S vulkan-icd-loader vulkan-swrast' },
] as const;
