/** Opens the device, Python and Chromium at their first use. */
import { requestDevice } from '../../runtime/device.ts';
import { nodeGpu } from '../../runtime/node.ts';
import type { Hosts, Python, Tab } from './way.ts';
import { openTab } from './ways/browser.ts';
import { closeModules } from './ways/device.ts';
import { openPython } from './ways/torch.ts';

export interface OpenHosts extends Hosts {
  close(): Promise<void>;
}

export function openHosts(): OpenHosts {
  let device: Promise<GPUDevice> | undefined;
  let python: Python | undefined;
  let tab: Promise<Tab> | undefined;
  return {
    device: () => {
      device ??= nodeGpu().then((gpu) => requestDevice(gpu));
      return device;
    },
    python: async () => {
      python ??= openPython();
      return python;
    },
    browser: () => {
      tab ??= openTab();
      return tab;
    },
    close: async () => {
      python?.close();
      await (await tab)?.close();
      (await device)?.destroy();
      closeModules();
    },
  };
}
