// Makes a fresh clone ready: npm packages, and a Vulkan driver if it may install one. It runs before `npm run demo`
// and `npm test`, does nothing if nothing is missing, and never fails for lack of a GPU: the reference device needs
// none. With --browser it also installs Chromium, in which tests run a built module.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`oftc needs Node 20.19 or newer; this is ${process.version}. See https://nodejs.org`);
  process.exit(1);
}

const marker = join(root, 'node_modules/.package-lock.json');
const lock = join(root, 'package-lock.json');
if (!existsSync(marker) || statSync(marker).mtimeMs < statSync(lock).mtimeMs) {
  console.log('Installing npm packages …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
}

/** The script of a child process, because only a new process sees a driver that was just installed. */
const PROBE = `
  const { create } = await import('webgpu');
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  process.exit(adapter ? 0 : 3);
`;
const hasAdapter = () =>
  spawnSync(process.execPath, ['--input-type=module', '-e', PROBE], { cwd: root, stdio: 'ignore' }).status ===
  0;

const DEBIAN_PACKAGES = ['libvulkan1', 'mesa-vulkan-drivers'];

function isDebian() {
  if (process.platform !== 'linux' || !existsSync('/etc/os-release')) return false;
  return /^(ID|ID_LIKE)=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

const mayInstall = () => isDebian() && process.getuid?.() === 0;

function install(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
}

if (process.platform === 'linux' && !hasAdapter()) {
  if (mayInstall()) {
    console.log(`No WebGPU adapter: installing ${DEBIAN_PACKAGES.join(' and ')} …`);
    install(DEBIAN_PACKAGES);
  }
  if (!hasAdapter()) {
    const how = isDebian()
      ? `sudo apt-get install ${DEBIAN_PACKAGES.join(' ')}`
      : 'install the Vulkan loader and a driver (Fedora: vulkan-loader mesa-vulkan-drivers; Arch: vulkan-icd-loader vulkan-swrast)';
    console.warn(`No WebGPU adapter. To get one: ${how}\nUntil then --device cpu runs the reference.`);
  }
}

// Ubuntu's Chromium package is a stub that needs snap.
const isUbuntu = () => /^ID=ubuntu/m.test(readFileSync('/etc/os-release', 'utf8'));

if (process.argv.includes('--browser') && !process.env.OFTC_CHROMIUM && !existsSync('/usr/bin/chromium')) {
  if (mayInstall() && !isUbuntu()) {
    console.log('No Chromium: installing it for the browser tests …');
    install(['chromium']);
  }
}
